package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.source.CachePlace;
import org.marginsoftmax.source.ImageData;
import org.marginsoftmax.source.ImageOptions;
import org.marginsoftmax.source.Source;

/**
 * A list of pairs of images, as {@link PairFormat#read} reads it: which images there are, and which
 * are compared. No image is decoded yet.
 *
 * @param path of the list
 * @param media the images of the pairs, each once, by subject and then by name; the class of an
 *     image is its subject
 * @param pairs of templates of items of the source
 * @param subjectsTold whether the list names subjects; otherwise they are the sets of images that
 *     pairs of one subject join
 * @param remarks what is odd about the list but no error, a line each
 */
public record PairList(
    Path path, Source media, Pairs pairs, boolean subjectsTold, List<String> remarks) {
  /**
   * The images of a list, decoded.
   *
   * @param samples the images that could be read; their labels are the subjects
   * @param pairs of templates of samples, without those that have no readable image
   */
  public record Read(Samples samples, Pairs pairs) {}

  /**
   * Decodes the images, to the size and colours of a network. Like those of any source, images that
   * cannot be read are skipped if they are few enough; so are the pairs of templates that have no
   * other image.
   *
   * @param options of which the shares for testing mean nothing here
   * @param cache where decoded images are kept; null for memory only
   * @param progress receives messages
   * @throws InvalidInputException if more images than allowed cannot be read, or the pairs left are
   *     all of one kind
   */
  public Read samples(ImageOptions options, CachePlace cache, Consumer<String> progress) {
    ImageData.Kept kept = ImageData.readKept(media, options, cache, progress);
    if (kept.items().length == media.listing().size()) {
      return new Read(kept.samples(), pairs);
    }
    Pairs left = pairs.of(kept.items());
    if (left.size() < pairs.size()) {
      progress.accept(
          "left out %d of %d pairs: their images are unreadable"
              .formatted(pairs.size() - left.size(), pairs.size()));
    }
    if (left.genuine() == 0 || left.genuine() == left.size()) {
      throw new InvalidInputException(
          "pairs of one subject and pairs of two with readable images",
          "%d and %d".formatted(left.genuine(), left.size() - left.genuine()),
          path,
          "mend the images");
    }
    return new Read(kept.samples(), left);
  }
}
