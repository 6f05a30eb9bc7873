package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.InMemorySamples;
import org.marginsoftmax.data.Pixels;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageForm;
import org.marginsoftmax.image.PassedOver;

/**
 * The images of one part of a data set, as read.
 *
 * @param samples those that can be read
 * @param passedOver files that were not read
 */
record ImagePart(Samples samples, PassedOver passedOver) {
  private static final int NAMED = 5;

  /**
   * Reads images and tells what was read and what was not.
   *
   * @param names of the classes that there must be
   * @param unreadable share of the files that may be skipped because they cannot be read, 0..1
   * @throws InvalidInputException if there are other classes, or more files cannot be read
   */
  static ImagePart read(
      ClassFolders folders,
      List<String> names,
      ImageForm form,
      double unreadable,
      Consumer<String> progress) {
    Path dir = folders.dir();
    folders.requireClasses(names);
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    PassedOver passedOver = folders.beside();
    for (int k = 0; k < names.size(); k++) {
      for (Path file : folders.listings().get(k).images()) {
        files.add(file);
        labels.add(k);
      }
      passedOver = passedOver.plus(folders.listings().get(k).passedOver());
    }
    byte[][] read = new byte[files.size()][];
    String[] failures = new String[files.size()];
    AtomicInteger done = new AtomicInteger();
    IntStream.range(0, read.length)
        .parallel()
        .forEach(
            i -> {
              try {
                read[i] = ImageFile.read(files.get(i), form);
              } catch (IOException e) {
                failures[i] = ImageFile.said(e);
              }
              int count = done.incrementAndGet();
              if (count % 5000 == 0) {
                progress.accept(
                    String.format(Locale.ROOT, "read %,d of %,d images", count, read.length));
              }
            });
    PassedOver skipped = skipped(dir, files, failures, unreadable, progress);
    List<Path> kept =
        IntStream.range(0, read.length).filter(i -> read[i] != null).mapToObj(files::get).toList();
    progress.accept(summary(dir, kept, names.size()));
    passedOver = passedOver.plus(skipped);
    List<byte[]> pixels = new ArrayList<>();
    int[] keptLabels = new int[kept.size()];
    for (int i = 0; i < read.length; i++) {
      if (read[i] != null) {
        keptLabels[pixels.size()] = labels.get(i);
        pixels.add(read[i]);
      }
    }
    passedOver.tell(progress);
    return new ImagePart(
        new InMemorySamples(
            Pixels.each(form.shape(), pixels),
            keptLabels,
            names,
            kept.stream().map(file -> dir.relativize(file).toString()).toList()),
        passedOver);
  }

  private static String summary(Path dir, List<Path> read, int classes) {
    long nested =
        classes == 1 ? 0 : read.stream().filter(f -> dir.relativize(f).getNameCount() > 2).count();
    return String.format(
        Locale.ROOT,
        "read %,d images%s from %s%s%s",
        read.size(),
        classes == 1 ? "" : String.format(Locale.ROOT, " of %,d classes", classes),
        dir,
        read.isEmpty() ? "" : ": " + PassedOver.words(PassedOver.byExtension(read)),
        nested == 0
            ? ""
            : String.format(
                Locale.ROOT, "; %,d lie deeper than the folder of their class", nested));
  }

  private static PassedOver skipped(
      Path dir, List<Path> files, String[] failures, double unreadable, Consumer<String> progress) {
    List<Path> bad = new ArrayList<>();
    List<String> said = new ArrayList<>();
    for (int i = 0; i < failures.length; i++) {
      if (failures[i] != null) {
        bad.add(files.get(i));
        said.add(dir.relativize(files.get(i)) + " (" + failures[i] + ")");
      }
    }
    if (bad.size() > unreadable * files.size()) {
      throw new InvalidInputException(
          "at most %s of %d images unreadable".formatted(unreadable, files.size()),
          bad.size()
              + ": "
              + String.join(", ", said.subList(0, Math.min(NAMED, said.size())))
              + (bad.size() > NAMED ? " and " + (bad.size() - NAMED) + " more" : ""),
          dir,
          "remove or mend them, or raise `unreadable`");
    }
    said.forEach(file -> progress.accept("skipped, unreadable: " + file));
    return PassedOver.of("unreadable", bad);
  }
}
