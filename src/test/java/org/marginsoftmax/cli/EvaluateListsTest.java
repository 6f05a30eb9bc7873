package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.npy.NpyFile;
import org.marginsoftmax.source.Idx;

/** {@code evaluate} on lists of pairs, and on a gallery and queries. */
class EvaluateListsTest extends CommandTest {
  private static final int SUBJECTS = 6;
  private static final int OF_EACH = 4;

  @TempDir static Path dir;

  /** Embeddings as {@code embed} writes them, by file. */
  private static final Map<String, float[]> EMBEDDED = new HashMap<>();

  @BeforeAll
  static void files() throws IOException {
    Idx.folder(dir.resolve("data"), 6, 8, 4);
    Random random = new Random(3);
    for (int s = 0; s < SUBJECTS; s++) {
      Path folder = Files.createDirectories(dir.resolve("images/s" + s));
      for (int i = 1; i <= OF_EACH; i++) {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        for (int p = 0; p < 64; p++) {
          image.getRaster().setSample(p % 8, p / 8, 0, (p * (s + 2) % 5 * 40 + random.nextInt(90)));
        }
        ImageIO.write(image, "png", folder.resolve("s%d_%04d.png".formatted(s, i)).toFile());
      }
    }
    Files.write(dir.resolve("pairs.txt"), lfw(new Random(1)));
    does("train", "--data", at("data"), "--embedding", "4", "--out", at("run"), "--epochs", "1");
    does("embed", at("run"), "--data", at("images"), "--output", at("e.npy"));
    float[][] rows = NpyFile.readFloats(dir.resolve("e.npy")).rows();
    List<String> names = Files.readAllLines(dir.resolve("e.names.txt"));
    for (int i = 0; i < rows.length; i++) {
      EMBEDDED.put(Path.of(names.get(i)).getFileName().toString(), rows[i]);
    }
    assertEquals(SUBJECTS * OF_EACH, EMBEDDED.size());
  }

  private static String at(String name) {
    return dir.resolve(name).toString();
  }

  private static void does(String... args) {
    progress(() -> assertEquals(0, run(args), () -> err));
  }

  private static JsonNode json(String... args) throws IOException {
    List<String> all = new ArrayList<>(List.of("evaluate", at("run"), "--json"));
    all.addAll(List.of(args));
    does(all.toArray(String[]::new));
    return new ObjectMapper().readTree(out);
  }

  /** Two sets of fifteen pairs of each kind, none twice. */
  private static List<String> lfw(Random random) {
    List<String> lines = new ArrayList<>(List.of("2\t15"));
    List<String> genuine = new ArrayList<>();
    List<String> impostor = new ArrayList<>();
    for (int s = 0; s < SUBJECTS; s++) {
      for (int i = 1; i <= OF_EACH; i++) {
        for (int j = i + 1; j <= OF_EACH; j++) {
          genuine.add("s%d\t%d\t%d".formatted(s, i, j));
        }
        for (int other = s + 1; other < SUBJECTS; other++) {
          impostor.add("s%d\t%d\ts%d\t%d".formatted(s, i, other, 1 + random.nextInt(OF_EACH)));
        }
      }
    }
    Collections.shuffle(genuine, random);
    Collections.shuffle(impostor, random);
    for (int set = 0; set < 2; set++) {
      lines.addAll(genuine.subList(15 * set, 15 * set + 15));
      lines.addAll(impostor.subList(15 * set, 15 * set + 15));
    }
    return lines;
  }

  private static String file(String subject, String number) {
    return "%s_%04d.png".formatted(subject, Integer.parseInt(number));
  }

  /** The two files of a line, and whether they are of one subject. */
  private static String[] files(String line) {
    String[] cells = line.split("\t");
    boolean same = cells.length == 3;
    return new String[] {
      file(cells[0], cells[1]),
      same ? file(cells[0], cells[2]) : file(cells[2], cells[3]),
      same ? "1" : "0"
    };
  }

  private static double cosine(double[] a, double[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int k = 0; k < a.length; k++) {
      dot += a[k] * b[k];
      aa += a[k] * a[k];
      bb += b[k] * b[k];
    }
    return (float) (dot / Math.sqrt(aa * bb));
  }

  /** Mean of the unit vectors of some files. */
  private static double[] mean(List<String> files) {
    double[] sum = new double[4];
    for (String file : files) {
      float[] row = EMBEDDED.get(file);
      double norm = 0;
      for (float x : row) {
        norm += (double) x * x;
      }
      for (int k = 0; k < sum.length; k++) {
        sum[k] += row[k] / Math.sqrt(norm);
      }
    }
    return sum;
  }

  /** The share of (genuine, impostor) with the larger cosine of the genuine pair. */
  private static double area(List<Double> genuine, List<Double> impostor) {
    double sum = 0;
    for (double g : genuine) {
      for (double i : impostor) {
        sum += Math.abs(g - i) < 1e-6 ? 0.5 : g > i ? 1 : 0;
      }
    }
    return sum / genuine.size() / impostor.size();
  }

  @Test
  void figuresAreOfWhatEmbedWrites() throws IOException {
    List<String> lines = Files.readAllLines(dir.resolve("pairs.txt"));
    List<String> csv = new ArrayList<>(List.of("path1,path2,same,fold,subject1,subject2,site"));
    List<Double> genuine = new ArrayList<>();
    List<Double> impostor = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] files = files(lines.get(i));
      (files[2].equals("1") ? genuine : impostor)
          .add(cosine(mean(List.of(files[0])), mean(List.of(files[1]))));
      csv.add(
          "s%1$c/%2$s,s%3$c/%4$s,%5$s,%6$d,s%1$c,s%3$c,%7$s"
              .formatted(
                  files[0].charAt(1),
                  files[0],
                  files[1].charAt(1),
                  files[1],
                  files[2],
                  (i - 1) / 30,
                  i % 2 == 0 ? "even" : "odd"));
    }
    Path list = Files.write(dir.resolve("list.csv"), csv);
    JsonNode lfw = json("--pairs", at("pairs.txt"), "--data-root", at("images"));
    double expected = area(genuine, impostor);
    assertEquals(expected, lfw.get("list_area_under_curve").get("value").asDouble(), 1e-3);
    assertEquals(2, lfw.get("folds").get("folds").size());
    assertEquals("verification, list", lfw.get("list_accuracy").get("protocol").asText());
    JsonNode same = json("--pairs", list.toString(), "--data-root", at("images"), "--by", "site");
    JsonNode groups = same.get("groups").get("site");
    ((ObjectNode) same).remove("groups");
    assertEquals(lfw, same, "the same pairs, with the subjects that LFW's names are");
    JsonNode odd = groups.get("groups").get("odd");
    assertEquals(30, odd.get("genuine").asInt() + odd.get("impostor").asInt());
    assertTrue(groups.get("gaps").has("list_accuracy"), groups::toString);
    // The exported model of the run sees what the run sees.
    does("export", at("run"), "--to", at("served"));
    does(
        "evaluate",
        at("served"),
        "--json",
        "--pairs",
        list.toString(),
        "--data-root",
        at("images"));
    assertEquals(
        expected,
        new ObjectMapper().readTree(out).get("list_area_under_curve").get("value").asDouble(),
        1e-2);
    does(
        "evaluate",
        at("run"),
        "--pairs",
        at("list.csv"),
        "--data-root",
        at("images"),
        "--by",
        "site");
    for (String said :
        List.of("verification, list", "accuracy of 2 folds", "site odd, ", "gap between")) {
      assertTrue(out.contains(said), out);
    }
  }

  @Test
  void templatesAreMeansOfTheirImages() throws IOException {
    List<String> media = new ArrayList<>(List.of("template,path,subject"));
    List<List<String>> of = new ArrayList<>();
    for (int t = 0; t < 2 * SUBJECTS; t++) {
      List<String> own = new ArrayList<>();
      for (int i = 1 + t % 2 * 2; i <= 2 + t % 2 * 2; i++) {
        own.add(file("s" + t / 2, "" + i));
        media.add("%d,s%d/%s,s%2$d".formatted(t, t / 2, own.get(own.size() - 1)));
      }
      of.add(own);
    }
    List<String> pairs = new ArrayList<>(List.of("template1,template2"));
    List<Double> genuine = new ArrayList<>();
    List<Double> impostor = new ArrayList<>();
    for (int a = 0; a < of.size(); a++) {
      for (int b = a + 1; b < of.size(); b++) {
        pairs.add(a + "," + b);
        (a / 2 == b / 2 ? genuine : impostor).add(cosine(mean(of.get(a)), mean(of.get(b))));
      }
    }
    Path list = Files.write(dir.resolve("templates-1.csv"), pairs);
    Path templates = Files.write(dir.resolve("templates-2.csv"), media);
    JsonNode found =
        json(
            "--pairs",
            list.toString(),
            "--templates",
            templates.toString(),
            "--data-root",
            at("images"));
    assertEquals(
        area(genuine, impostor), found.get("list_area_under_curve").get("value").asDouble(), 1e-3);
    assertEquals(10, found.get("folds").get("folds").size(), "folds without any in the list");
  }

  /** Mated, and not: whose classes the gallery lacks, which is told by name. */
  @Test
  void queriesAreSearchedInAGalleryApart() throws IOException {
    for (int s = 0; s < SUBJECTS; s++) {
      Path from = dir.resolve("images/s" + s);
      for (String part :
          s < 3 ? List.of("gallery", "query") : List.of(s == 3 ? "gallery" : "query")) {
        Path to = Files.createDirectories(dir.resolve(part + "/s" + s));
        for (int i = part.equals("gallery") ? 1 : 3; i <= (part.equals("gallery") ? 2 : 4); i++) {
          String name = file("s" + s, "" + i);
          Files.copy(from.resolve(name), to.resolve(name));
        }
      }
    }
    JsonNode found = json("--gallery", at("gallery"), "--query", at("query"));
    double first = 0;
    for (int s = 0; s < 3; s++) {
      for (int i = 3; i <= 4; i++) {
        double[] query = mean(List.of(file("s" + s, "" + i)));
        double own = 0;
        double best = -2;
        for (int t = 0; t < 4; t++) {
          double cosine = cosine(query, mean(List.of(file("s" + t, "1"), file("s" + t, "2"))));
          own = t == s ? cosine : own;
          best = t == s ? best : Math.max(best, cosine);
        }
        first += own > best ? 1 : 0;
      }
    }
    assertEquals(first / 6, found.get("rank_1").get("value").asDouble(), 1e-9);
    assertTrue(found.get("rank_1").get("definition").asText().startsWith("share of 6 mated"));
    assertTrue(found.get("tpir_at_fpir_1e-1").get("value").isNull(), "four others are too few");
    assertTrue(
        found.get("tpir_at_fpir_1e-1").get("definition").asText().contains("and 10 queries whose"));
    assertEquals("identification, open set", found.get("rank_5").get("protocol").asText());
    assertTrue(found.has("gallery_map_at_r"));
    assertFalse(found.has("map_at_r"));
    refused(
        "query: expected samples of classes that the gallery has, as 's0', 's1', 's2', found none, but 's5s4'",
        "--gallery",
        at("gallery"),
        "--query",
        foreign());
  }

  private static String foreign() throws IOException {
    for (String name : List.of("s4", "s5")) {
      Path to = Files.createDirectories(dir.resolve("foreign/s5" + name));
      Files.copy(dir.resolve("images/s4/s4_0001.png"), to.resolve("1.png"));
    }
    return at("foreign");
  }

  /** Arrays that are not divided are searched as a whole. */
  @Test
  void undividedArraysAreAllSearched() throws IOException {
    for (String part : List.of("a", "b")) {
      Path folder = Files.createDirectories(dir.resolve("arrays-" + part));
      float[] values = new float[40 * 4];
      for (int i = 0; i < values.length; i++) {
        values[i] = (i * 37 % 11) - 4 + (part.equals("a") ? 0 : 0.25f);
      }
      NpyFile.write(folder.resolve("features.npy"), values, 40, 4);
      double[] labels = new double[40];
      Arrays.setAll(labels, i -> i % 4);
      NpyFile.write(folder.resolve("labels.npy"), NpyFile.Type.INT64, labels, 40);
    }
    does("train", "--data", at("arrays-a"), "--out", at("run-arrays"), "--steps", "2");
    does(
        "evaluate",
        at("run-arrays"),
        "--json",
        "--gallery",
        at("arrays-a"),
        "--query",
        at("arrays-b"));
    JsonNode found = new ObjectMapper().readTree(out);
    assertTrue(
        found.get("rank_1").get("definition").asText().startsWith("share of 40 mated queries"),
        out);
    assertTrue(
        found.get("gallery_recall_at_1").get("definition").asText().contains("among 40 gallery"));
  }

  private static void refused(String said, String... args) {
    List<String> all = new ArrayList<>(List.of("evaluate", at("run")));
    all.addAll(List.of(args));
    progress(() -> assertEquals(2, run(all.toArray(String[]::new)), () -> out));
    assertTrue(err.contains(said), err);
    assertEquals(1, err.lines().count(), err);
  }

  @Test
  void whatCannotBeMeantIsRefused() throws IOException {
    String pairs = at("pairs.txt");
    refused("found --gallery alone", "--gallery", "x");
    refused("found --query alone", "--query", "x");
    refused("found x for both", "--gallery", "x", "--query", "x");
    refused("expected --pairs or --gallery", "--pairs", "x", "--gallery", "y", "--query", "z");
    for (String[] idle :
        new String[][] {{"--data", "x"}, {"--classes", "1"}, {"--pair-samples", "7"}}) {
      refused("found " + idle[0] + " too", "--pairs", pairs, idle[0], idle[1]);
      refused("found " + idle[0] + " too", "--gallery", "x", "--query", "y", idle[0], idle[1]);
    }
    refused("a list for --templates, found none", "--templates", "x");
    refused("a list for --data-root, found none", "--data-root", "x");
    refused("a list for --by, found none", "--by", "x");
    refused("each column once", "--pairs", pairs, "--by", "x,x");
    refused(
        "which has none, found 'age'",
        "--pairs",
        pairs,
        "--data-root",
        at("images"),
        "--by",
        "age");
    refused("found nowhere.csv", "--pairs", "nowhere.csv");
    refused("say with --data-root what they are relative to", "--pairs", pairs);
    refused("found none (nowhere)", "--gallery", "nowhere", "--query", at("images"));
    Path few = dir.resolve("few.csv");
    String rows = "path1,path2,same,age,site1,site2\ns0/s0_0001.png,s0/s0_0002.png,1,3,a,b\n";
    Files.writeString(few, rows);
    refused("found 1, all same", "--pairs", few.toString(), "--data-root", at("images"));
    Files.writeString(few, rows + "s0/s0_0001.png,s1/s1_0002.png,0,3,a,b\n");
    refused(
        "expected at least 10, one for each fold, found 2",
        "--pairs",
        few.toString(),
        "--data-root",
        at("images"));
    List<String> all = new ArrayList<>(Stream.of(Files.readString(few).split("\n")).toList());
    for (int i = 1; i <= OF_EACH; i++) {
      for (int j = 1; j <= OF_EACH; j++) {
        all.add("s2/s2_000%d.png,s3/s3_000%d.png,0,4,b,a".formatted(i, j));
      }
    }
    Files.write(few, all);
    refused(
        "one of age, site, site1, site2, found 'sites'; did you mean site",
        "--pairs",
        few.toString(),
        "--data-root",
        at("images"),
        "--by",
        "sites");
    JsonNode found =
        json("--pairs", few.toString(), "--data-root", at("images"), "--by", "site,age");
    assertEquals(1, found.get("groups").get("site").get("groups").size());
    assertTrue(found.get("groups").get("site").get("groups").has("a / b"));
    JsonNode four = found.get("groups").get("age").get("groups").get("4").get("metrics");
    four.forEach(metric -> assertTrue(metric.get("value").isNull(), four::toString));
    Path media =
        Files.writeString(dir.resolve("media.csv"), "template,path\n1,images/s0/s0_0001.png\n");
    Path tpl =
        Files.writeString(dir.resolve("tpl.csv"), "template1,template2,same\n1,2,0\n1,3,1\n");
    refused("--templates", "--pairs", tpl.toString());
    refused("images", "--pairs", tpl.toString(), "--templates", media.toString());
  }
}
