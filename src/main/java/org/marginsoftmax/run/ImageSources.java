package org.marginsoftmax.run;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.Archives;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageListing;
import org.marginsoftmax.image.PassedOver;

/** Image files as a user names them, one by one or by folder. */
final class ImageSources {
  private ImageSources() {}

  /**
   * The image files named; for a folder all images below it, sorted by path.
   *
   * @param progress is told what else a folder holds
   * @throws InvalidInputException if there is no image, or an archive is named
   */
  static List<Path> files(List<Path> named, PrintStream progress) {
    List<Path> files = new ArrayList<>();
    PassedOver passedOver = PassedOver.NONE;
    for (Path path : named) {
      if (Files.isDirectory(path)) {
        ImageListing listing = ImageListing.of(path);
        files.addAll(listing.images());
        passedOver = passedOver.plus(listing.passedOver());
      } else {
        Archives.requireNone(path);
        files.add(path);
      }
    }
    passedOver.lines().forEach(line -> progress.println("passed over, " + line));
    if (files.isEmpty()) {
      throw new InvalidInputException(
          "images: expected files, or folders that hold %s, found none in %s; name others"
              .formatted(ImageFile.KINDS, named));
    }
    return files;
  }

  /**
   * An image and the result computed from it.
   *
   * @param result null if the image could not be read
   * @param failure why it could not be read; null if it was
   */
  record Outcome<T>(Path image, T result, String failure) {}

  /**
   * Applies a function to each image, and skips those that cannot be read.
   *
   * @param done what is done, in words
   * @param progress gets failures, and a line every ten seconds
   * @throws UnreadableImagesException if none of them can be read
   */
  static <T> List<Outcome<T>> each(
      List<Path> files, String done, Function<Path, T> work, PrintStream progress) {
    IntConsumer line = ProgressLines.lines(done, files.size(), progress);
    List<Outcome<T>> outcomes = new ArrayList<>();
    InvalidInputException first = null;
    int failed = 0;
    for (Path file : files) {
      try {
        outcomes.add(new Outcome<>(file, work.apply(file), null));
      } catch (InvalidInputException e) {
        first = first == null ? e : first;
        failed++;
        outcomes.add(new Outcome<>(file, null, e.getMessage()));
      }
      line.accept(outcomes.size());
    }
    if (failed == files.size()) {
      Map<Path, String> failures = new LinkedHashMap<>();
      outcomes.forEach(outcome -> failures.put(outcome.image, outcome.failure));
      throw new UnreadableImagesException(
          failures,
          failed == 1
              ? first.getMessage()
              : "images: expected some that can be read, found none among %d; the first: %s"
                  .formatted(failed, first.getMessage()),
          first);
    }
    outcomes.stream()
        .filter(outcome -> outcome.failure != null)
        .forEach(outcome -> progress.println("skipped, " + outcome.failure));
    if (failed > 0) {
      progress.printf("skipped %d of %d images%n", failed, files.size());
    }
    return outcomes;
  }
}
