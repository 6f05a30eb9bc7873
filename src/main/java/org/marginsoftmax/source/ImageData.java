package org.marginsoftmax.source;

import java.io.IOException;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.InMemorySamples;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Split;
import org.marginsoftmax.data.TrainTest;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageForm;
import org.marginsoftmax.image.PassedOver;

/**
 * Makes samples of the images of a {@link Source}, whatever its format: the parts that the source
 * says, or test samples drawn from all. The same images give the same samples in the same order
 * from every format.
 */
public final class ImageData {
  private static final int NAMED = 5;

  /** Bytes of memory per image besides its pixels: array header, label and name. */
  private static final long BESIDES = 150;

  private final Source source;
  private final Listing listing;
  private final ImageOptions options;
  private final Consumer<String> progress;
  private final ImageStore store;
  private PassedOver passedOver;

  /**
   * A data set as read.
   *
   * @param data training and test samples
   * @param validation validation samples of the source; null if it has none
   * @param passedOver files of the source that were not read
   */
  public record Read(TrainTest data, Samples validation, PassedOver passedOver) {}

  /**
   * Samples, and which items of their source they are.
   *
   * @param samples in the order of the items
   * @param items the item of each sample, ascending; those that could not be read are not there
   */
  public record Kept(Samples samples, int[] items) {}

  private ImageData(
      Source source, ImageOptions options, CachePlace cache, Consumer<String> progress) {
    this.source = source;
    this.listing = source.listing();
    this.options = options;
    this.progress = progress;
    this.passedOver = listing.passedOver();
    ImageShape shape = shape();
    Decoder decoder = new Decoder(source, new ImageForm(shape, options.fit()));
    Pace pace = new Pace("read", "images", listing.size(), progress);
    long bytes = listing.size() * (shape.size() + BESIDES);
    boolean cached = cache != null && (cache.always() || bytes > HeapRoom.free());
    if (!cached) {
      HeapRoom.require(
          "images",
          bytes,
          String.format(Locale.ROOT, "%,d of %s", listing.size(), shape),
          source.path(),
          ", take a smaller `image-size`, or keep them on disk with `cache` DIR");
    }
    this.store =
        cached
            ? new ImageCache(cache.dir(), decoder, pace, progress)
            : new HeapImages(decoder, pace);
  }

  /**
   * Reads training, test and, if the source has them, validation samples.
   *
   * @param cache where decoded images are kept; null for memory only
   * @param progress receives messages about images that were read or passed over
   * @throws InvalidInputException if there are fewer than two classes, a class has no readable
   *     image, or more images than allowed cannot be read
   */
  public static Read read(
      Source source, ImageOptions options, CachePlace cache, Consumer<String> progress) {
    Listing listing = source.listing();
    if (listing.classNames().size() < 2) {
      throw new InvalidInputException(
          "images of at least 2 classes",
          listing.classNames().size() + "",
          source.path(),
          "add another class");
    }
    if (listing.isSplit() && !isTrained(listing)) {
      throw new InvalidInputException(
          "images to train on",
          "images to test on alone",
          source.path(),
          "add some, or give it to evaluate as `data`");
    }
    requireSamples(source, options);
    return new ImageData(source, options, cache, progress).read();
  }

  /** Refuses what no image has to be decoded for: classes without images, nothing to test on. */
  private static void requireSamples(Source source, ImageOptions options) {
    Listing listing = source.listing();
    int[] counts = new int[listing.classNames().size()];
    for (int item : listing.items(listing.isSplit() ? Part.TRAIN : null)) {
      counts[listing.label(item)]++;
    }
    int[] empty = IntStream.range(0, counts.length).filter(k -> counts[k] == 0).toArray();
    if (empty.length > 0) {
      throw new InvalidInputException(
          "training samples of every class",
          "none of class "
              + IntStream.of(empty)
                  .limit(NAMED)
                  .mapToObj(k -> "'" + listing.classNames().get(k) + "'" + source.whyEmpty(k))
                  .collect(Collectors.joining(", "))
              + (empty.length > NAMED ? " and " + (empty.length - NAMED) + " more" : ""),
          source.path(),
          "add samples");
    }
    boolean drawn = listing.items(Part.TEST).length == 0;
    if (drawn
        && options.testShare() > 0
        && IntStream.of(counts).allMatch(n -> n == 1 || Math.round(options.testShare() * n) == 0)) {
      throw noTest(source);
    }
  }

  private static InvalidInputException noTest(Source source) {
    return new InvalidInputException(
        "images to test on", "none", source.path(), "add images, or raise `test-share`");
  }

  private Read read() {
    Samples all = part(listing.items(listing.isSplit() ? Part.TRAIN : null)).samples();
    Samples tested =
        listing.items(Part.TEST).length == 0 ? null : part(listing.items(Part.TEST)).samples();
    int[] validation = listing.items(Part.VALIDATION);
    Samples validated = validation.length == 0 ? null : part(validation).samples();
    passedOver.tell(progress);
    Split.Parts parts =
        tested == null
            ? Split.test(all, options.testShare(), options.seed())
            : new Split.Parts(all, tested);
    TrainTest data = new TrainTest(parts.train(), parts.validation());
    TrainTest.requireEveryClass(
        data.train(), k -> "'" + listing.classNames().get(k) + "'", source.path());
    if (data.test().size() == 0 && (tested != null || options.testShare() > 0)) {
      throw noTest(source);
    }
    return new Read(data, validated, passedOver);
  }

  /** Whether a source has samples to train on; one without is for evaluation only. */
  public static boolean isTrained(Listing listing) {
    return !listing.isSplit() || listing.items(Part.TRAIN).length > 0;
  }

  /** Reads the test samples of a source; all samples of one that is not split. */
  public static Samples readTest(
      Source source, ImageOptions options, CachePlace cache, Consumer<String> progress) {
    return readKept(source, options, cache, progress).samples();
  }

  /** As {@link #readTest}, for those who have to know which images could not be read. */
  public static Kept readKept(
      Source source, ImageOptions options, CachePlace cache, Consumer<String> progress) {
    ImageData data = new ImageData(source, options, cache, progress);
    Listing listing = source.listing();
    Kept kept = data.part(listing.items(listing.isSplit() ? Part.TEST : null));
    data.passedOver.tell(progress);
    return kept;
  }

  /** Decodes the images of one part, and tells what was read and what was not. */
  private Kept part(int[] items) {
    Decoded decoded = store.decode(items);
    skip(decoded.failures(), items.length);
    int[] kept = decoded.items();
    progress.accept(summary(kept));
    Samples samples =
        new InMemorySamples(
            decoded.elements(),
            IntStream.of(kept).map(listing::label).toArray(),
            listing.classNames(),
            named(kept),
            IntStream.of(kept).map(listing::group).toArray(),
            IntStream.of(kept).mapToDouble(listing::weight).toArray());
    return new Kept(samples, kept);
  }

  private List<String> named(int[] items) {
    return new AbstractList<>() {
      @Override
      public String get(int index) {
        return listing.name(items[index]);
      }

      @Override
      public int size() {
        return items.length;
      }
    };
  }

  private String summary(int[] items) {
    SortedMap<String, Integer> byExtension = new TreeMap<>();
    for (int item : items) {
      String extension = PassedOver.extension(listing.name(item));
      if (extension.startsWith(".")) {
        byExtension.merge(extension, 1, Integer::sum);
      }
    }
    int classes = listing.classNames().size();
    Part part = items.length == 0 ? null : listing.part(items[0]);
    return String.format(
        Locale.ROOT,
        "read %,d images%s from %s%s%s",
        items.length,
        classes == 1 ? "" : String.format(Locale.ROOT, " of %,d classes", classes),
        source.path(),
        part == null ? "" : ", " + part.purpose(),
        byExtension.isEmpty() ? "" : ": " + PassedOver.words(byExtension));
  }

  /** Refuses too many unreadable images, and tells of the others. */
  private void skip(SortedMap<Integer, String> failures, int all) {
    List<String> said = new ArrayList<>();
    PassedOver.Counter counter = new PassedOver.Counter();
    failures.forEach(
        (item, why) -> {
          said.add(listing.name(item) + " (" + why + ")");
          counter.add("unreadable", listing.name(item));
        });
    if (said.size() > options.unreadable() * all) {
      throw new InvalidInputException(
          "at most %s of %d images unreadable".formatted(options.unreadable(), all),
          said.size()
              + ": "
              + String.join(", ", said.subList(0, Math.min(NAMED, said.size())))
              + (said.size() > NAMED ? " and " + (said.size() - NAMED) + " more" : ""),
          source.path(),
          "remove or mend them, or raise `unreadable`");
    }
    said.forEach(image -> progress.accept("skipped, unreadable: " + image));
    passedOver = passedOver.plus(counter.counted());
  }

  private ImageShape shape() {
    boolean color =
        options.color().equals("color") || options.color().equals("auto") && anyFirstIsColor();
    return new ImageShape(options.size().height(), options.size().width(), color ? 3 : 1);
  }

  /** Whether the first readable image of any class has colour. */
  private boolean anyFirstIsColor() {
    boolean[] seen = new boolean[listing.classNames().size()];
    return Stream.of(null, Part.TRAIN, Part.TEST)
        .map(listing::items)
        .flatMapToInt(IntStream::of)
        .anyMatch(item -> !seen[listing.label(item)] && firstIsColor(item, seen));
  }

  private boolean firstIsColor(int item, boolean[] seen) {
    try {
      boolean color = ImageFile.isColor(source.content(item));
      seen[listing.label(item)] = true;
      return color;
    } catch (IOException e) {
      return false; // the next one may be readable
    }
  }
}
