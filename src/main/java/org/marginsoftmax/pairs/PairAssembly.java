package org.marginsoftmax.pairs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.source.Listing;

/**
 * Makes a {@link PairList} of what a list says: finds subjects where it names none, and numbers
 * images, templates and subjects as a {@link Listing} of them does.
 *
 * <p>Intervals of verification draw subjects, not pairs, because pairs that share a subject vary
 * together. So everything needs a subject. Without names, images that pairs of one subject join,
 * directly or by others, are of one. Images of equal bytes are one image: lists such as those of
 * insightface repeat an image in each of its pairs, and only through it are these pairs joined. A
 * person whose images no pair joins counts as several.
 *
 * @param list file of the pairs
 * @param media images
 * @param templates images of each template; null if each image is one
 * @param subjects name of the subject of each template; null if the list names none
 * @param rows pairs of templates
 * @param isSame [P] whether each pair is of one subject
 * @param groups [P] what is said of each pair besides, by name
 * @param remarks what is odd, so far
 */
record PairAssembly(
    Path list,
    Media media,
    int[][] templates,
    String[] subjects,
    PairRows rows,
    boolean[] isSame,
    Map<String, String[]> groups,
    List<String> remarks) {
  private static final int NAMED = 3;

  PairList assemble() {
    int[] equal =
        subjects == null ? media.firstEqual() : IntStream.range(0, media.size()).toArray();
    int[] chosen = IntStream.range(0, equal.length).filter(i -> equal[i] == i).toArray();
    int[] place = Arrays.stream(equal).map(i -> Arrays.binarySearch(chosen, i)).toArray();
    int[][] images = images(chosen.length, place);
    int[] first = numbers(true, place);
    int[] second = numbers(false, place);
    String[] names = subjects == null ? joined(images, chosen.length, first, second) : subjects;

    Listing listing =
        Listing.of(
            Arrays.stream(chosen).mapToObj(media::name).toList(),
            subjectOfImages(images, names, chosen),
            list);
    int[] item = new int[chosen.length];
    IntStream.range(0, item.length).forEach(i -> item[listing.origin(i)] = i);
    Pairs pairs = pairs(images, first, second, item, listing);
    return new PairList(
        list,
        media.source(chosen, listing),
        pairs,
        subjects != null,
        remarks(pairs, media.size() - chosen.length));
  }

  /** The images of each template, numbered by their places among the chosen ones. */
  private int[][] images(int count, int[] place) {
    return templates == null
        ? IntStream.range(0, count).mapToObj(i -> new int[] {i}).toArray(int[][]::new)
        : Arrays.stream(templates)
            .map(of -> Arrays.stream(of).map(i -> place[i]).distinct().toArray())
            .toArray(int[][]::new);
  }

  /** The first or second template of each pair; where each image is one, equal ones are one. */
  private int[] numbers(boolean ofFirst, int[] place) {
    return IntStream.range(0, rows.size())
        .map(i -> ofFirst ? rows.first(i) : rows.second(i))
        .map(t -> templates == null ? place[t] : t)
        .toArray();
  }

  /** Numbers for subjects: the connected components of pairs of one subject, and shared images. */
  private String[] joined(int[][] images, int count, int[] first, int[] second) {
    Components joined = new Components(images.length);
    for (int i = 0; i < first.length; i++) {
      if (isSame[i]) {
        joined.join(first[i], second[i]);
      }
    }
    int[] template = new int[count];
    Arrays.fill(template, -1);
    for (int t = 0; t < images.length; t++) {
      for (int image : images[t]) {
        if (template[image] < 0) {
          template[image] = t;
        }
        joined.join(template[image], t);
      }
    }
    return Arrays.stream(joined.numbers()).mapToObj(String::valueOf).toArray(String[]::new);
  }

  /** The subject of each image. An image of two of them would make templates of two dependent. */
  private List<String> subjectOfImages(int[][] images, String[] names, int[] chosen) {
    String[] subject = new String[chosen.length];
    for (int t = 0; t < images.length; t++) {
      for (int image : images[t]) {
        if (subject[image] != null && !subject[image].equals(names[t])) {
          throw new InvalidInputException(
              "one subject for each image",
              "%s of '%s' and of '%s'"
                  .formatted(media.name(chosen[image]), subject[image], names[t]),
              list,
              "mend the subjects");
        }
        subject[image] = names[t];
      }
    }
    return List.of(subject);
  }

  private Pairs pairs(int[][] images, int[] first, int[] second, int[] item, Listing listing) {
    // Where each image is a template, templates are in the order of images.
    int[] number = templates == null ? item : IntStream.range(0, images.length).toArray();
    int[][] numbered = new int[images.length][];
    int[] labels = new int[images.length];
    for (int t = 0; t < images.length; t++) {
      numbered[number[t]] = Arrays.stream(images[t]).map(image -> item[image]).sorted().toArray();
      labels[number[t]] = listing.label(item[images[t][0]]);
    }
    return new Pairs(
        numbered,
        labels,
        Arrays.stream(first).map(t -> number[t]).toArray(),
        Arrays.stream(second).map(t -> number[t]).toArray(),
        isSame,
        rows.folds(),
        groups);
  }

  private List<String> remarks(Pairs pairs, int equal) {
    List<String> all = new ArrayList<>(remarks);
    if (equal > 0) {
      all.add("%d images have the bytes of others, and count as these".formatted(equal));
    }
    int[] itself =
        IntStream.range(0, pairs.size())
            .filter(i -> pairs.first()[i] == pairs.second()[i])
            .toArray();
    add(all, itself, "pairs are of one image or template with itself");
    add(
        all,
        Arrays.stream(itself).filter(i -> !isSame[i]).toArray(),
        "of these are said to be of two subjects");
    if (equal > 0) {
      add(all, repeated(pairs), "pairs were there before");
    }
    add(
        all,
        IntStream.range(0, pairs.size())
            .filter(i -> !isSame[i] && pairs.first()[i] != pairs.second()[i])
            .filter(i -> pairs.subjects()[pairs.first()[i]] == pairs.subjects()[pairs.second()[i]])
            .toArray(),
        "pairs are said to be of two subjects, but other pairs join their images");
    return List.copyOf(all);
  }

  private void add(List<String> all, int[] found, String what) {
    if (found.length > 0) {
      all.add(
          "%d %s: %s %s%s"
              .formatted(
                  found.length,
                  what,
                  rows.unit(),
                  String.join(
                      ", ",
                      Arrays.stream(found)
                          .limit(NAMED)
                          .mapToObj(i -> String.valueOf(rows.line(i)))
                          .toList()),
                  found.length > NAMED ? " and others" : ""));
    }
  }

  /** Pairs that occur a second time, once images of equal bytes are one. */
  private static int[] repeated(Pairs pairs) {
    Set<Long> seen = new HashSet<>();
    return IntStream.range(0, pairs.size())
        .filter(
            i -> {
              int a = pairs.first()[i];
              int b = pairs.second()[i];
              return !seen.add((long) Math.min(a, b) << 32 | Math.max(a, b));
            })
        .toArray();
  }
}
