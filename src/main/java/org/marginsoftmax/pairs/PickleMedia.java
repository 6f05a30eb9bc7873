package org.marginsoftmax.pairs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.source.Listing;
import org.marginsoftmax.source.Source;

/**
 * Images that lie in a pickle.
 *
 * @param file the pickle
 * @param stamp its size and time of change, as text
 * @param images in their order in the list
 */
record PickleMedia(Path file, String stamp, List<PickledImage> images) implements Media {
  static PickleMedia of(Path file, List<PickledImage> images) {
    try {
      String stamp =
          Files.size(file) + "\n" + Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS);
      return new PickleMedia(file, stamp, images);
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable pickle", FileTrouble.said(e), file, "check the path and its rights", e);
    }
  }

  @Override
  public int size() {
    return images.size();
  }

  /** The file and the place in its list, by digits whose order is that of the numbers. */
  @Override
  public String name(int medium) {
    return "%s/%09d".formatted(file.getFileName(), medium);
  }

  @Override
  public int[] firstEqual() {
    return EqualContent.firsts(size(), i -> images.get(i).length(), i -> images.get(i).read(file));
  }

  @Override
  public Source source(int[] chosen, Listing listing) {
    return new PickleSource(this, chosen, listing);
  }

  /** Chosen images of the pickle. */
  private record PickleSource(PickleMedia media, int[] chosen, Listing listing) implements Source {
    @Override
    public Path path() {
      return media.file;
    }

    private PickledImage image(int item) {
      return media.images.get(chosen[listing.origin(item)]);
    }

    @Override
    public byte[] content(int item) throws IOException {
      return image(item).read(media.file);
    }

    @Override
    public String stamp(int item) {
      return media.file.getFileName() + "\n" + media.stamp + '\n' + image(item).offset();
    }
  }
}
