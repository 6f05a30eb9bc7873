package org.marginsoftmax.pairs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.source.Listing;

/** Random lists, written in each format in every way and read again, say the same. */
class PairListTest {
  private static final List<Charset> CHARSETS =
      List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE);
  private static final String[][] WORDS = {
    {"1", "0"}, {"true", "False"}, {"SAME", "different"}, {"genuine", "Impostor"}, {"yes", "no"}
  };

  @TempDir Path dir;

  /** A pair of images of persons, numbered from 1. */
  private record Pair(String person1, int image1, String person2, int image2, int fold) {
    boolean same() {
      return person1.equals(person2);
    }

    String path1() {
      return path(person1, image1);
    }

    String path2() {
      return path(person2, image2);
    }

    private static String path(String person, int image) {
      return "%s/%s_%04d%s".formatted(person, person, image, image % 2 == 0 ? ".png" : ".jpg");
    }
  }

  /** Sets of as many pairs of one person as of two; no pair twice, some images in many. */
  private List<Pair> random(Random random, int sets, int each) throws IOException {
    List<String> persons =
        IntStream.range(0, 3 + random.nextInt(4)).mapToObj(i -> "P, \"" + i + "\" \u00e9").toList();
    if (random.nextBoolean()) {
      persons = persons.stream().map(name -> name.replaceAll("[^P0-9]", "_")).toList();
    }
    Set<Set<String>> seen = new HashSet<>();
    List<Pair> pairs = new ArrayList<>();
    for (int set = 0; set < sets; set++) {
      for (int i = 0; i < 2 * each; ) {
        String a = persons.get(random.nextInt(persons.size()));
        String b = i < each ? a : persons.get(random.nextInt(persons.size()));
        Pair pair = new Pair(a, 1 + random.nextInt(9), b, 1 + random.nextInt(9), set);
        boolean differs = !pair.path1().equals(pair.path2());
        if (differs && pair.same() == i < each && seen.add(Set.of(pair.path1(), pair.path2()))) {
          pairs.add(pair);
          i++;
        }
      }
    }
    for (Pair pair : pairs) {
      for (String path : List.of(pair.path1(), pair.path2())) {
        Files.createDirectories(dir.resolve(path).getParent());
        Files.writeString(dir.resolve(path), path);
      }
    }
    return pairs;
  }

  private static String text(Pair pair) {
    return String.join("|", pair.path1(), pair.path2(), pair.same() + "");
  }

  private static List<String> texts(List<Pair> pairs) {
    return pairs.stream().map(PairListTest::text).toList();
  }

  /** The name of the only image of a template; that of files is their path. */
  private static String name(PairList list, int template) {
    assertEquals(1, list.pairs().templates()[template].length);
    return list.media().listing().name(list.pairs().templates()[template][0]);
  }

  private static List<String> read(PairList list) {
    Pairs pairs = list.pairs();
    return IntStream.range(0, pairs.size())
        .mapToObj(
            i ->
                String.join(
                    "|",
                    name(list, pairs.first()[i]),
                    name(list, pairs.second()[i]),
                    pairs.same()[i] + ""))
        .toList();
  }

  private static PairList read(Path list) {
    return PairFormat.read(list, null, null, line -> {});
  }

  private static int[] folds(List<Pair> pairs) {
    return pairs.stream().mapToInt(Pair::fold).toArray();
  }

  private static String quoted(String cell) {
    return '"' + cell.replace("\"", "\"\"") + '"';
  }

  /** What holds of every list, whatever its format. */
  private static void requireSound(PairList list) {
    Listing listing = list.media().listing();
    Pairs pairs = list.pairs();
    Set<String> names = new TreeSet<>();
    for (int i = 0; i < listing.size(); i++) {
      assertTrue(names.add(listing.name(i)), "every image once");
    }
    Set<Integer> used = new TreeSet<>();
    for (int t = 0; t < pairs.templates().length; t++) {
      for (int image : pairs.templates()[t]) {
        assertEquals(pairs.subjects()[t], listing.label(image));
        used.add(image);
      }
    }
    assertEquals(listing.size(), used.size(), "no image without a template");
    Set<Integer> compared = new TreeSet<>();
    for (int i = 0; i < pairs.size(); i++) {
      compared.add(pairs.first()[i]);
      compared.add(pairs.second()[i]);
    }
    assertEquals(pairs.templates().length, compared.size(), "no template without a pair");
  }

  /** Subjects as sets of names of images. */
  private static Set<Set<String>> subjects(PairList list) {
    Listing listing = list.media().listing();
    return IntStream.range(0, listing.size())
        .boxed()
        .collect(
            Collectors.groupingBy(
                listing::label, Collectors.mapping(listing::name, Collectors.toSet())))
        .values()
        .stream()
        .collect(Collectors.toSet());
  }

  /** By search from each image over pairs of one subject. */
  private static Set<Set<String>> components(List<Pair> pairs) {
    Set<Set<String>> found = new HashSet<>();
    for (Pair start : pairs) {
      for (String image : List.of(start.path1(), start.path2())) {
        Set<String> reached = new TreeSet<>(Set.of(image));
        while (pairs.stream()
            .filter(Pair::same)
            .filter(p -> reached.contains(p.path1()) || reached.contains(p.path2()))
            .map(p -> reached.addAll(List.of(p.path1(), p.path2())))
            .reduce(false, (a, b) -> a | b)) {}
        found.add(reached);
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {",", ";", "\t"})
  void readsTables(String delimiter) throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      List<Pair> pairs = random(random, 2 + random.nextInt(3), 1 + random.nextInt(4));
      boolean header = random.nextBoolean();
      boolean hasFolds = random.nextBoolean();
      boolean hasSubjects = header && random.nextBoolean();
      boolean hasSame = !hasSubjects || random.nextBoolean();
      List<String> columns = new ArrayList<>(List.of("Path 1", "path_2"));
      columns.addAll(hasSame ? List.of("Same") : List.of());
      columns.addAll(hasFolds ? List.of("fold") : List.of());
      columns.addAll(hasSubjects ? List.of("subject1", "Subject_2") : List.of());
      columns.addAll(header ? List.of("Site of it", "age") : List.of());
      String[] words = WORDS[random.nextInt(WORDS.length)];
      List<String> lines = new ArrayList<>();
      if (header) {
        lines.add(String.join(delimiter, columns));
      }
      for (Pair pair : pairs) {
        List<String> cells = new ArrayList<>(List.of(pair.path1(), pair.path2()));
        cells.addAll(hasSame ? List.of(words[pair.same() ? 0 : 1]) : List.of());
        cells.addAll(hasFolds ? List.of(7 * pair.fold() - 7 + "") : List.of());
        cells.addAll(hasSubjects ? List.of(pair.person1(), pair.person2()) : List.of());
        cells.addAll(header ? List.of("at " + pair.image1(), "") : List.of());
        lines.add(cells.stream().map(PairListTest::quoted).collect(Collectors.joining(delimiter)));
      }
      String end = List.of("\n", "\r\n", "\r").get(random.nextInt(3));
      Charset charset = CHARSETS.get(random.nextInt(3));
      boolean mark = charset != StandardCharsets.UTF_8 || random.nextBoolean();
      String text = (mark ? "\uFEFF" : "") + String.join(end, lines) + end;
      Path file = Files.write(dir.resolve("list.csv"), text.getBytes(charset));

      assertEquals(PairFormat.IMAGES, PairFormat.of(file, null));
      PairList list = read(file);
      requireSound(list);
      assertEquals(texts(pairs), read(list), text);
      assertEquals(
          Arrays.toString(hasFolds ? folds(pairs) : null),
          Arrays.toString(list.pairs().folds()),
          text);
      assertEquals(hasSubjects, list.subjectsTold());
      if (hasSubjects) {
        assertEquals(
            pairs.stream()
                .flatMap(p -> List.of(p.person1(), p.person2()).stream())
                .collect(Collectors.toSet()),
            Set.copyOf(list.media().listing().classNames()));
      } else {
        assertEquals(components(pairs), subjects(list), text);
      }
      Map<String, String[]> groups = list.pairs().groups();
      assertEquals(header ? List.of("Site of it", "age") : List.of(), List.copyOf(groups.keySet()));
      for (int i = 0; header && i < pairs.size(); i++) {
        assertEquals("at " + pairs.get(i).image1(), groups.get("Site of it")[i]);
      }
    }
  }

  @Test
  void readsTheListsOfLabeledFacesInTheWild() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      int sets = 1 + random.nextInt(4);
      int each = 1 + random.nextInt(4);
      List<Pair> pairs = random(random, sets, each);
      if (pairs.get(0).person1().contains(" ")) {
        continue;
      }
      String space = random.nextBoolean() ? "\t" : " ";
      StringBuilder text = new StringBuilder(sets == 1 ? "" : sets + space).append(each);
      String end = random.nextBoolean() ? "\n" : "\r\n";
      for (Pair pair : pairs) {
        text.append(end).append(pair.person1()).append(space).append(pair.image1()).append(space);
        text.append(pair.same() ? "" : pair.person2() + space).append(pair.image2());
      }
      Path file = Files.writeString(dir.resolve("pairs.txt"), text.append(end));
      assertEquals(PairFormat.LFW, PairFormat.of(file, null));
      PairList list = read(file);
      requireSound(list);
      assertEquals(texts(pairs), read(list), text.toString());
      assertEquals(
          Arrays.toString(sets == 1 ? null : folds(pairs)), Arrays.toString(list.pairs().folds()));
      assertTrue(list.subjectsTold());
      for (int i = 0; i < list.media().listing().size(); i++) {
        Listing listing = list.media().listing();
        String person = listing.classNames().get(listing.label(i));
        assertTrue(listing.name(i).startsWith(person + "/"));
      }
    }
  }

  @Test
  void readsPickles() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      List<Pair> pairs = random(random, 2 + random.nextInt(3), 1 + random.nextInt(4));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(new byte[] {(byte) 0x80, 3, ']', '('});
      for (Pair pair : pairs) {
        for (String path : List.of(pair.path1(), pair.path2())) {
          byte[] image = path.getBytes(StandardCharsets.UTF_8);
          out.write('B');
          out.writeBytes(
              ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(image.length).array());
          out.writeBytes(image);
        }
      }
      out.writeBytes(new byte[] {'e', ']', '('});
      pairs.forEach(pair -> out.write(pair.same() ? 0x88 : 0x89));
      out.writeBytes(new byte[] {'e', (byte) 0x86, '.'});
      Path file = Files.write(dir.resolve("pairs"), out.toByteArray());
      assertEquals(PairFormat.PICKLE, PairFormat.of(file, null));
      PairList list = read(file);
      requireSound(list);
      List<String> read = new ArrayList<>();
      for (int i = 0; i < pairs.size(); i++) {
        read.add(
            content(list, list.pairs().first()[i])
                + '|'
                + content(list, list.pairs().second()[i])
                + '|'
                + list.pairs().same()[i]);
      }
      assertEquals(texts(pairs), read);
      Set<Set<String>> subjects = new HashSet<>();
      for (int s = 0; s < list.media().listing().classNames().size(); s++) {
        Set<String> of = new TreeSet<>();
        for (int t = 0; t < list.pairs().templates().length; t++) {
          if (list.pairs().subjects()[t] == s) {
            of.add(content(list, t));
          }
        }
        subjects.add(of);
      }
      assertEquals(components(pairs), subjects);
    }
  }

  private static String content(PairList list, int template) throws IOException {
    int item = list.pairs().templates()[template][0];
    return new String(list.media().content(item), StandardCharsets.UTF_8);
  }

  /** Each person's images in one or two templates; pairs of these. */
  @Test
  void readsTemplates() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      List<Pair> pairs = random(random, 2, 3);
      // The template of an image of a pair: the person, and by whether its number is below 5.
      Set<Set<String>> seen = new HashSet<>();
      List<Pair> kept =
          pairs.stream()
              .filter(p -> !template(p.path1()).equals(template(p.path2())))
              .filter(p -> seen.add(Set.of(template(p.path1()), template(p.path2()))))
              .toList();
      if (kept.stream().allMatch(Pair::same) || kept.stream().noneMatch(Pair::same)) {
        continue;
      }
      boolean hasSubjects = random.nextBoolean();
      boolean hasSame = !hasSubjects || random.nextBoolean();
      List<String> list = new ArrayList<>();
      list.add("template1,template2" + (hasSame ? ",same" : "") + ",kind");
      for (Pair p : kept) {
        list.add(
            String.join(",", quoted(template(p.path1())), quoted(template(p.path2())))
                + (hasSame ? "," + (p.same() ? 1 : 0) : "")
                + ",k"
                + p.image1());
      }
      Set<String> images = new TreeSet<>();
      pairs.forEach(p -> images.addAll(List.of(p.path1(), p.path2())));
      List<String> rows = new ArrayList<>(images);
      Collections.shuffle(rows, random);
      List<String> templates = new ArrayList<>();
      templates.add("template,path" + (hasSubjects ? ",subject" : "") + ",half,frame");
      for (String path : rows) {
        String person = path.substring(0, path.indexOf('/'));
        templates.add(
            String.join(",", quoted(template(path)), quoted(path))
                + (hasSubjects ? "," + quoted(person) : "")
                + ","
                + template(path).charAt(0)
                + ","
                + path.length()
                + path.charAt(path.length() - 6));
      }
      Path listFile = Files.write(dir.resolve("list.csv"), list);
      Path templateFile = Files.write(dir.resolve("templates.csv"), templates);
      assertEquals(PairFormat.TEMPLATES, PairFormat.of(listFile, templateFile));
      PairList read = PairFormat.read(listFile, null, templateFile, line -> {});
      requireSound(read);
      Pairs found = read.pairs();
      assertEquals(kept.size(), found.size());
      assertEquals(hasSubjects, read.subjectsTold());
      for (int i = 0; i < kept.size(); i++) {
        Pair p = kept.get(i);
        assertEquals(p.same(), found.same()[i]);
        assertEquals(imagesOf(template(p.path1()), images), imagesOf(read, found.first()[i]));
        assertEquals(imagesOf(template(p.path2()), images), imagesOf(read, found.second()[i]));
        assertEquals("k" + p.image1(), found.groups().get("kind")[i]);
        char a = template(p.path1()).charAt(0);
        char b = template(p.path2()).charAt(0);
        String half = a == b ? "" + a : (char) Math.min(a, b) + "/" + (char) Math.max(a, b);
        assertEquals(half, found.groups().get("half")[i]);
        assertEquals(
            p.same(), found.subjects()[found.first()[i]] == found.subjects()[found.second()[i]]);
      }
    }
  }

  private static String template(String path) {
    int number = path.charAt(path.lastIndexOf('.') - 1) - '0';
    return (number < 5 ? "a" : "b") + path.substring(0, path.indexOf('/'));
  }

  private static Set<String> imagesOf(String template, Set<String> images) {
    return images.stream()
        .filter(image -> template(image).equals(template))
        .collect(Collectors.toSet());
  }

  private static Set<String> imagesOf(PairList list, int template) {
    return IntStream.of(list.pairs().templates()[template])
        .mapToObj(list.media().listing()::name)
        .collect(Collectors.toSet());
  }
}
