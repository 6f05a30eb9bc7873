package org.marginsoftmax.source;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.PassedOver;

/**
 * What a source holds, before anything is decoded: for each item its name, class, part, group and
 * weight.
 *
 * <p>The order is the same for every format: by class, then by name in the order of code points;
 * items of one name, or without names, stay in the order of the source. Classes are sorted by name;
 * if all names are whole numbers, as numbers.
 */
public final class Listing {
  private static final Pattern WHOLE_NUMBER = Pattern.compile("-?[0-9]+");

  private final List<String> classNames;
  private final Names names;
  private final int[] origins;
  private final int[] labels;
  private final int[] parts;
  private final int[] groups;
  private final float[] weights;
  private final PassedOver passedOver;

  private Listing(Builder built, List<String> classNames, int[] labels, PassedOver passedOver) {
    this.classNames = classNames;
    this.names = built.names;
    this.labels = labels;
    this.origins =
        IntStream.range(0, labels.length)
            .boxed()
            .sorted(Comparator.<Integer>comparingInt(i -> labels[i]).thenComparing(names::compare))
            .mapToInt(i -> i)
            .toArray();
    this.parts = built.parts.toArray();
    this.groups = built.groupNumbers.isEmpty() ? null : built.groups.toArray();
    this.weights = built.weights.isEmpty() ? null : built.weights(labels.length);
    this.passedOver = passedOver;
    if (items(Part.TEST).length == 0) {
      // Without other samples to test on, these are.
      for (int i = 0; i < parts.length; i++) {
        parts[i] = parts[i] == Part.VALIDATION.ordinal() ? Part.TEST.ordinal() : parts[i];
      }
    }
  }

  /**
   * A listing of items whose classes something other than their source says, such as a list of
   * pairs of images; they are in no parts.
   *
   * @param names of the items, in any order, which {@link #origin} gives
   * @param classNames the class of each item
   * @param where they come from, for messages
   */
  public static Listing of(List<String> names, List<String> classNames, Object where) {
    Builder items = new Builder();
    for (int i = 0; i < names.size(); i++) {
      items.add(names.get(i), classNames.get(i), null, null, 1);
    }
    return items.build(null, names::get, PassedOver.NONE, where);
  }

  /** Number of items. */
  public int size() {
    return origins.length;
  }

  /** Class names, by label. */
  public List<String> classNames() {
    return classNames;
  }

  /**
   * The name of an item: its path below the source, or what a file of many samples calls it.
   *
   * @param item 0..size()-1
   */
  public String name(int item) {
    return names.get(origins[item]);
  }

  /** The label of an item, 0..classNames().size()-1. */
  public int label(int item) {
    return labels[origins[item]];
  }

  /** The part that the source puts an item into; null if the source is not split. */
  public Part part(int item) {
    int part = parts[origins[item]];
    return part < 0 ? null : Part.values()[part];
  }

  /** The group of an item, from 0; groups are never divided. -1 for an item on its own. */
  public int group(int item) {
    return groups == null ? -1 : groups[origins[item]];
  }

  /** How often an epoch has an item, on average: 1 unless the source says otherwise. */
  public double weight(int item) {
    return weights == null ? 1 : weights[origins[item]];
  }

  /** Files that are no items. */
  public PassedOver passedOver() {
    return passedOver;
  }

  /** Whether the source itself says which items are trained on. */
  public boolean isSplit() {
    return parts.length > 0 && parts[0] >= 0;
  }

  /** The items of a part, in order; with null all items of a source that is not split. */
  public int[] items(Part part) {
    int wanted = part == null ? -1 : part.ordinal();
    return IntStream.range(0, size()).filter(i -> parts[origins[i]] == wanted).toArray();
  }

  /** The place of an item in the order in which it was added to the listing. */
  public int origin(int item) {
    return origins[item];
  }

  /** Collects items in any order. */
  static final class Builder {
    private final Names names = new Names();
    private final Ints labels = new Ints();
    private final Ints parts = new Ints();
    private final Ints groups = new Ints();
    private final Map<String, Integer> groupNumbers = new HashMap<>();
    private final Map<String, Integer> classes = new HashMap<>();
    private final List<String> classNames = new ArrayList<>();

    /** Weights other than 1, by the order of adding. */
    private final Map<Integer, Double> weights = new HashMap<>();

    private Boolean numbers;

    /** Adds a class that may have no item. The first spelling of a name is kept. */
    int addClass(String name) {
      return classes.computeIfAbsent(
          Names.composed(name),
          composed -> {
            classNames.add(name);
            return classNames.size() - 1;
          });
    }

    /** Adds an item whose class has a name. */
    void add(String name, String className, Part part, String group, double weight) {
      requireKind(false);
      if (weight != 1) {
        weights.put(size(), weight);
      }
      added(name, className, part, group);
    }

    private float[] weights(int size) {
      float[] all = new float[size];
      Arrays.fill(all, 1);
      weights.forEach((origin, weight) -> all[origin] = weight.floatValue());
      return all;
    }

    /** Adds an item whose class is a number. */
    void add(String name, long number, Part part) {
      requireKind(true);
      added(name, Long.toString(number), part, null);
    }

    private void added(String name, String className, Part part, String group) {
      names.add(name);
      labels.add(addClass(className));
      parts.add(part == null ? -1 : part.ordinal());
      groups.add(
          group == null ? -1 : groupNumbers.computeIfAbsent(group, g -> groupNumbers.size()));
    }

    private void requireKind(boolean number) {
      if (numbers != null && numbers != number) {
        throw new InvalidInputException(
            "labels: expected numbers or names throughout, found both; give all samples the same kind");
      }
      numbers = number;
    }

    /** The first class that was added. */
    String onlyClass() {
      return classNames.get(0);
    }

    int size() {
      return names.size();
    }

    Names names() {
      return names;
    }

    /**
     * The listing of all items added.
     *
     * @param numberNames names of the classes if they are numbers, in ascending order; null for
     *     none
     * @param place where an item is, in words, by the order of adding
     * @param where the source, for messages
     * @throws InvalidInputException if some but not all items are in parts, or a class is tested
     *     but not trained
     */
    Listing build(
        List<String> numberNames, IntFunction<String> place, PassedOver passedOver, Object where) {
      requireParts(place, where);
      Integer[] order =
          IntStream.range(0, classNames.size())
              .boxed()
              .sorted(classOrder())
              .toArray(Integer[]::new);
      int[] label = new int[order.length];
      for (int k = 0; k < order.length; k++) {
        label[order[k]] = k;
      }
      int[] sorted = Arrays.stream(labels.toArray()).map(k -> label[k]).toArray();
      List<String> sortedNames = Arrays.stream(order).map(classNames::get).toList();
      if (numberNames != null && Boolean.TRUE.equals(numbers)) {
        requireNames(numberNames, sortedNames.size(), where);
        sortedNames = numberNames;
      }
      Listing listing = new Listing(this, sortedNames, sorted, passedOver);
      listing.requireTrained(place, where);
      return listing;
    }

    /** As numbers if all names are whole numbers, as those of labels and of folders may be. */
    private Comparator<Integer> classOrder() {
      Comparator<Integer> byName =
          Comparator.<Integer, String>comparing(k -> Names.composed(classNames.get(k)))
              .thenComparing(classNames::get);
      if (!classNames.stream().allMatch(WHOLE_NUMBER.asMatchPredicate())) {
        return byName;
      }
      List<BigInteger> values = classNames.stream().map(BigInteger::new).toList();
      return Comparator.<Integer, BigInteger>comparing(values::get).thenComparing(byName);
    }

    private void requireParts(IntFunction<String> place, Object where) {
      int[] all = parts.toArray();
      for (int i = 1; i < all.length; i++) {
        if (all[i] < 0 != all[0] < 0) {
          throw new InvalidInputException(
              "train, val or test for every sample or for none",
              "nothing for " + place.apply(all[i] < 0 ? i : 0),
              where,
              "say which it is");
        }
      }
    }

    private static void requireNames(List<String> names, int classes, Object where) {
      if (names.size() != classes) {
        throw new InvalidInputException(
            "a class name a line in classes.txt for each of the %d labels that occur"
                .formatted(classes),
            names.size() + " lines",
            where,
            "name them in ascending order of the labels");
      }
    }
  }

  /** Refuses a class that is tested but not trained on. */
  private void requireTrained(IntFunction<String> place, Object where) {
    boolean[] trained = new boolean[classNames.size()];
    boolean any = false;
    for (int i = 0; i < size(); i++) {
      if (part(i) == null || part(i) == Part.TRAIN) {
        trained[label(i)] = true;
        any = true;
      }
    }
    for (int i = 0; any && i < size(); i++) {
      if (!trained[label(i)]) {
        throw new InvalidInputException(
            "classes that there are samples to train on of",
            "'%s' without any, %s".formatted(classNames.get(label(i)), place.apply(origins[i])),
            where,
            "add samples to train on, or remove the class");
      }
    }
  }
}
