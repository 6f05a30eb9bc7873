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
import org.marginsoftmax.data.ImageListing;
import org.marginsoftmax.data.PassedOver;

/** Image files as a user names them, one by one or by their folder. */
final class ImageSources {
  private ImageSources() {}

  /**
   * The files themselves; of a folder all images below it, sorted by path.
   *
   * @param progress what a folder holds besides goes there
   * @throws InvalidInputException if there is none
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
        files.add(path);
      }
    }
    passedOver.lines().forEach(line -> progress.println("passed over, " + line));
    if (files.isEmpty()) {
      throw new InvalidInputException(
          "images: expected files, or folders that hold PNG, JPEG or BMP, found none in %s; name others"
              .formatted(named));
    }
    return files;
  }

  /**
   * An image and what was made of it.
   *
   * @param result null if it could not be read
   * @param failure why; null if it was read
   */
  record Outcome<T>(Path image, T result, String failure) {}

  /**
   * Does something with each image, and goes on past those that cannot be read.
   *
   * @param done what is done, in words
   * @param progress failures go there, and a line every ten seconds
   * @throws UnreadableImagesException if not one of them can be read
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
