package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Small tar files for tests. */
final class Tars {
  private static final Path IMAGE =
      Path.of("src/test/resources/fixtures/sources/folder/ant/000.png");

  private Tars() {}

  /** Writes files, each given as its name, or as name=content; without content it is an image. */
  static void write(Path tar, String... files) throws IOException {
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(tar))) {
      for (String file : files) {
        String[] parts = file.split("=", 2);
        byte[] content =
            parts.length == 1
                ? Files.readAllBytes(IMAGE)
                : parts[1].getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(parts[0]);
        entry.setSize(content.length);
        out.putArchiveEntry(entry);
        out.write(content);
        out.closeArchiveEntry();
      }
    }
  }
}
