package org.marginsoftmax.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.BackboneCost;
import org.marginsoftmax.backbone.BackboneType;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.image.ImageSize;

/** The catalogue of backbones, with what each costs for a sample. */
public final class BackboneTable {
  private BackboneTable() {}

  /**
   * The samples to count for.
   *
   * @param height of images
   * @param width of images
   * @param channels of images
   * @param frames T of arrays [T, F]
   * @param numbers F of arrays [T, F], and D of features [D]
   */
  public record Sample(int height, int width, int channels, int frames, int numbers) {
    /** Faces of 112 x 112 in colour, and two seconds of 80 log-mel features. */
    public static final Sample USUAL = new Sample(112, 112, 3, 200, 80);

    private static final int MOST = 65536;

    /**
     * @throws InvalidInputException if a size is not in 1..65536
     */
    public Sample {
      for (int size : new int[] {height, width, channels, frames, numbers}) {
        if (size < 1 || size > MOST) {
          throw new InvalidInputException(
              "sample: expected sizes in 1..%d, found %d; 112 x 112 images are usual, and 200 frames"
                  .formatted(MOST, size));
        }
      }
    }

    /**
     * The samples with images of this size.
     *
     * @param imageSize as {@link ImageSize#parse} reads it
     */
    public static Sample of(String imageSize, int channels, int frames, int numbers) {
      ImageSize size = ImageSize.parse(imageSize);
      return new Sample(size.height(), size.width(), channels, frames, numbers);
    }

    private List<Integer> ofRank(int rank) {
      return switch (rank) {
        case 1 -> List.of(numbers);
        case 2 -> List.of(frames, numbers);
        default -> List.of(height, width, channels);
      };
    }
  }

  /**
   * A backbone.
   *
   * @param name in the catalogue
   * @param title as papers write it; may be empty
   * @param samples which it takes, in words
   * @param options by name, those given and the defaults
   * @param sample shape of the sample that is counted for
   * @param parameters number of trained numbers; null if it does not take the sample
   * @param multiplyAdds for the sample; null if it does not take it
   * @param refused why it does not take the sample; null if it does
   * @param source paper and code; may be empty
   * @param when to choose it; may be empty
   */
  public record Row(
      String name,
      String title,
      String samples,
      Map<String, Object> options,
      List<Integer> sample,
      Long parameters,
      Long multiplyAdds,
      String refused,
      String source,
      String when) {}

  /**
   * Counts.
   *
   * @param given the backbone to count, and values of options; without a name all are counted, each
   *     with those of the options that it has
   * @throws InvalidInputException if there is no such backbone or option, or a value is not allowed
   */
  public static List<Row> of(Map<String, ?> given, Sample sample) {
    Map<String, Object> options = new LinkedHashMap<>(given);
    Object name = options.remove("name");
    List<Row> rows = new ArrayList<>();
    if (name != null) {
      rows.add(row(Backbones.named(name.toString()), options, sample));
      return rows;
    }
    for (BackboneType type : Backbones.all()) {
      Map<String, Object> own = new LinkedHashMap<>(options);
      own.keySet()
          .removeIf(option -> type.options().stream().noneMatch(o -> o.name().equals(option)));
      rows.add(row(type, own, sample));
    }
    return rows;
  }

  private static Row row(BackboneType type, Map<String, Object> given, Sample sample) {
    Backbone backbone = Backbones.of(type.name(), given);
    int rank = backbone.ranks().stream().mapToInt(each -> each).max().orElse(3);
    List<Integer> sizes = sample.ofRank(rank);
    BackboneCost cost = null;
    String refused = null;
    try {
      cost = BackboneCost.of(backbone, sizes.stream().mapToLong(size -> size).toArray());
    } catch (InvalidInputException e) {
      refused = e.getMessage();
    }
    Map<String, Object> options = new LinkedHashMap<>();
    BackboneConfig config = new BackboneConfig(type.name(), given);
    type.options()
        .forEach(o -> options.put(o.name(), config.options().getOrDefault(o.name(), o.usual())));
    return new Row(
        type.name(),
        type.title(),
        samples(backbone, type.smallest()),
        options,
        sizes,
        cost == null ? null : cost.parameters(),
        cost == null ? null : cost.multiplyAdds(),
        refused,
        type.source(),
        type.when());
  }

  /** Such as {@code images of at least 16 x 16}. */
  private static String samples(Backbone backbone, List<Integer> smallest) {
    return switch (smallest.size()) {
      case 3 -> "images of at least %d x %d".formatted(smallest.get(0), smallest.get(1));
      case 2 -> "arrays [T, F], T at least " + smallest.get(0);
      case 1 -> "features [D]";
      default ->
          backbone.ranks().stream()
              .sorted()
              .map(rank -> List.of("features [D]", "arrays [T, F]", "images").get(rank - 1))
              .collect(Collectors.joining(" or "));
    };
  }
}
