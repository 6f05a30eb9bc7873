package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.source.Refusals.refused;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.data.Split;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageSize;

class ImageListTest {
  private static final Path IMAGE =
      Path.of("src/test/resources/fixtures/sources/folder/ant/000.png");
  private static final SourceOptions USUAL = new SourceOptions(false, null, null, null);

  @TempDir Path dir;

  @BeforeEach
  void images() throws IOException {
    for (int i = 0; i < 6; i++) {
      Files.copy(IMAGE, dir.resolve(i + ".png"));
    }
    Files.createDirectory(dir.resolve("sub"));
    Files.copy(IMAGE, dir.resolve("a, \"b\".png"));
    Files.copy(IMAGE, dir.resolve("sub/Ren\u00e9.png"));
  }

  private Path list(String text, Charset charset) throws IOException {
    return Files.write(dir.resolve("list.csv"), text.getBytes(charset));
  }

  private static Listing listing(Path list) {
    return DataFormat.of(list).open(list, USUAL, line -> {}).listing();
  }

  private static List<String> rows(Listing listing) {
    return IntStream.range(0, listing.size())
        .mapToObj(i -> listing.name(i) + "|" + listing.classNames().get(listing.label(i)))
        .toList();
  }

  private void refusedList(String text, String part) throws IOException {
    Path list = list(text, StandardCharsets.UTF_8);
    refused(() -> listing(list), part);
  }

  private static String quoted(String cell) {
    return '"' + cell.replace("\"", "\"\"") + '"';
  }

  /** Every way to write the same list. */
  @ParameterizedTest
  @ValueSource(strings = {",", ";", "\t"})
  void readsEveryWayToWriteAList(String delimiter) throws IOException {
    String[][] rows = {
      {"sub/Ren\u00e9.png", "y, z"}, {"a, \"b\".png", "x"}, {"1.png", "y, z"}, {"0.png", "x"}
    };
    List<String> expected =
        List.of("0.png|x", "a, \"b\".png|x", "1.png|y, z", "sub/Ren\u00e9.png|y, z");
    for (String header : List.of("", "path,label", "Image Path,CLASS", "\"file\",\"category\"")) {
      for (String end : List.of("\n", "\r\n", "\r")) {
        for (boolean last : new boolean[] {true, false}) {
          for (String space : List.of("", " ")) {
            List<String> lines = new ArrayList<>();
            if (!header.isEmpty()) {
              lines.add(header.replace(",", delimiter));
            }
            for (String[] row : rows) {
              lines.add(quoted(row[0]) + delimiter + quoted(row[1]) + space.strip());
              lines.add(space);
            }
            String text = String.join(end, lines) + (last ? end : "");
            assertEquals(expected, rows(listing(list(text, StandardCharsets.UTF_8))), text);
            String marked = "\uFEFF" + text;
            assertEquals(expected, rows(listing(list(marked, StandardCharsets.UTF_8))), text);
            assertEquals(expected, rows(listing(list(marked, StandardCharsets.UTF_16LE))), text);
            assertEquals(expected, rows(listing(list(marked, StandardCharsets.UTF_16BE))), text);
          }
        }
      }
    }
  }

  /** As Excel writes and reads it. */
  @ParameterizedTest
  @ValueSource(strings = {",", ";", "\t", "|", ":"})
  void theFirstLineMaySayWhatSeparatesCells(String delimiter) throws IOException {
    for (String said :
        List.of("sep=" + delimiter, "SEP=" + delimiter, "\"sep=" + delimiter + '"')) {
      for (String end : List.of("\n", "\r\n", "\r")) {
        for (String header : List.of("", "label,path" + end)) {
          String rows = header.isEmpty() ? "0.png,x;y," + end : "x;y,0.png" + end;
          rows = rows.replace(",", delimiter).replace("x;y", quoted("x" + delimiter + "y"));
          if (header.isEmpty()) {
            rows = rows.replace(delimiter + end, end);
          }
          String text = said + end + header.replace(",", delimiter) + rows;
          List<String> expected = List.of("0.png|x" + delimiter + "y");
          assertEquals(expected, rows(listing(list(text, StandardCharsets.UTF_8))), text);
          String marked = "\uFEFF" + text;
          assertEquals(expected, rows(listing(list(marked, StandardCharsets.UTF_16LE))), text);
          refusedList(
              text + "9.png" + delimiter + "9.png" + end,
              "9.png, line " + (header.isEmpty() ? 3 : 4));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"NFC", "NFD"})
  void findsFilesWhoseAccentsAreWrittenTheOtherWay(Normalizer.Form form) throws IOException {
    String name = Normalizer.normalize("sub/Ren\u00e9.png", form);
    String other =
        Normalizer.normalize(
            "Zo\u00eb", form == Normalizer.Form.NFC ? Normalizer.Form.NFD : Normalizer.Form.NFC);
    String text =
        "path,label\n%s,Zo\u00eb\n0.png,%s\n1.png,x\nsub\\\\nothing.png,x".formatted(name, other);
    refusedList(text, "no sub\\\\nothing.png, line 5");
    Listing listing =
        listing(list(text.substring(0, text.lastIndexOf('\n')), StandardCharsets.UTF_8));
    assertEquals(List.of("Zo\u00eb", "x"), listing.classNames());
    assertEquals("sub/Ren\u00e9.png", listing.name(1));
  }

  @Test
  void pathsAreRelativeToTheListOrToTheFolderGiven() throws IOException {
    Path list = dir.resolve("sub/list.tsv");
    Files.writeString(list, "0.png\ta\n" + dir.resolve("1.png") + "\tb\n");
    refused(() -> listing(list), "no 0.png, line 1");
    Source source =
        DataFormat.LIST.open(list, new SourceOptions(false, dir, null, null), line -> {});
    assertEquals(2, source.listing().size());
    assertEquals(Files.size(IMAGE), source.content(0).length);
    assertEquals(Files.size(IMAGE), source.content(1).length);
    Files.writeString(list, "..\\0.png\ta\n../1.png\tb\n");
    assertEquals(2, listing(list).size());
  }

  @Test
  void refusesWithTheNumberOfTheLine() throws IOException {
    refusedList("path,label\n0.png,a\n9.png,b\n8.png,b\n", "no 9.png, line 3, no 8.png, line 4");
    refusedList("0.png,a\n1.png\n", "2 cells, found 1 in line 2");
    refusedList("0.png,a\n1.png,\n", "a label, found none in line 2");
    refusedList("0.png,a\nsub,b\n", "an image file, found sub, a folder in line 2");
    refusedList("0.png,a\n1.png,b\n0.png,a\n", "0.png in lines 1 and 3");
    refusedList("0.png,a\n1.png,b\n./0.png,a\n", "0.png in lines 1 and 3");
    refusedList(
        "0.png,a\n1.png,b\n%s,a\n".formatted(dir.resolve("0.png").toAbsolutePath()),
        "0.png in lines 1 and 3");
    refusedList("path,label,split\n0.png,a,train\n1.png,a,rest\n", "'rest' in line 3");
    refusedList("0.png,a,train\n1.png,b,\n", "'' in line 2");
    refusedList("0.png,a,train\n1.png,b,train\n2.png,c,test\n", "'c' without any, line 3");
    refusedList("path,label,weight\n0.png,a,1\n1.png,a,-1\n", "'-1' in line 3");
    refusedList("path,label,weight\n0.png,a,NaN\n", "'NaN' in line 2");
    refusedList("path,label,class\n0.png,a,b\n", "label and class");
    refusedList("0.png,a,b,c\n", "name the columns");
    refusedList("id,breed,note\n0.png,a,b\n", "name the columns");
    refusedList("", "rows of path and label, found none");
    refusedList("path,label\n", "rows of path and label, found none");
    refusedList("0.png,\"a\n1.png,b\n", "quotes");
    refusedList("0.png,\"a\"b\n1.png,b\n", "quotes");
    Path latin = list("0.png,a\n1.png,\u00e9\n", StandardCharsets.ISO_8859_1);
    refused(() -> listing(latin), "other bytes in line 2");
    Files.delete(latin);
    refused(() -> DataFormat.LIST.open(latin, USUAL, line -> {}), "no such file");
    Files.createDirectory(latin);
    refused(() -> DataFormat.LIST.open(latin, USUAL, line -> {}), "a readable list");
  }

  private Samples samples(String text) throws IOException {
    Path list = list(text, StandardCharsets.UTF_8);
    Source source = DataFormat.LIST.open(list, USUAL, line -> {});
    ImageOptions options =
        new ImageOptions(new ImageSize(4, 4), "grey", ImageFit.STRETCH, 0.5, 0, 1);
    return ImageData.readTest(source, options, null, line -> {});
  }

  /** Whatever the seed and the share, both parts have other groups. */
  @Test
  void groupsAreNeverDivided() throws IOException {
    StringBuilder text = new StringBuilder("path,label,group\n");
    for (int i = 0; i < 60; i++) {
      Files.copy(IMAGE, dir.resolve("g" + i + ".png"));
      // Groups of one class, of two, and samples on their own.
      String group = i % 10 == 9 ? "" : i % 10 < 3 ? "both" + i / 10 : "one" + i / 3;
      text.append("g%d.png,%s,%s\n".formatted(i, i % 2 == 0 ? "a" : "b", group));
    }
    Samples samples = samples(text.toString());
    for (int seed = 0; seed < 50; seed++) {
      for (double share : new double[] {0.1, 0.3, 0.5}) {
        Split.Parts parts = Split.validation(samples, share, seed);
        Set<Integer> held = groups(parts.validation());
        held.retainAll(groups(parts.train()));
        assertEquals(Set.of(), held);
        assertEquals(60, parts.train().size() + parts.validation().size());
        assertEquals(60 * share, parts.validation().size(), 6);
        assertEquals(2, IntStream.of(parts.train().labels()).distinct().count());
      }
    }
    assertTrue(
        IntStream.range(0, 9)
                .mapToObj(seed -> groups(Split.validation(samples, 0.3, seed).validation()))
                .collect(Collectors.toSet())
                .size()
            > 5);
  }

  private static Set<Integer> groups(Samples samples) {
    return IntStream.range(0, samples.size())
        .map(samples::group)
        .filter(group -> group >= 0)
        .boxed()
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void weightsSayHowOftenAnEpochHasASample() throws IOException {
    Samples samples =
        samples(
            "path,label,weight\n0.png,a,2\n1.png,a,0\n2.png,a,1\n3.png,b,2.5\n4.png,b,0.25\n5.png,b,1");
    int[] times = new int[6];
    for (int seed = 0; seed < 400; seed++) {
      Samples weighted = Split.weighted(samples, seed);
      for (int i = 0; i < weighted.size(); i++) {
        times[weighted.name(i).charAt(0) - '0']++;
      }
    }
    assertEquals(800, times[0]);
    assertEquals(0, times[1]);
    assertEquals(400, times[2]);
    assertEquals(1000, times[3], 40);
    assertEquals(100, times[4], 40);
    assertEquals(400, times[5]);
    Samples even = samples("0.png,a\n1.png,b\n");
    assertEquals(even, Split.weighted(even, 1));
  }
}
