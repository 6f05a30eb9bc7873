package org.marginsoftmax.spark;

import java.net.URI;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** A disk that only Hadoop knows how to read: {@code far:///...}. */
public final class FarFileSystem extends RawLocalFileSystem {
  static final String SCHEME = "far";

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }
}
