package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.gallery.Gallery;
import org.marginsoftmax.npy.NpyFile;

/** {@code gallery} as it is typed. */
class GalleryCommandTest extends CommandTest {
  @TempDir Path dir;
  private String gallery;
  private String three;
  private String names;

  @BeforeEach
  void setUp() throws IOException {
    gallery = dir.resolve("gallery").toString();
    three = npy("three.npy", new float[] {2, 0, 0, 3, 1, 1}, 3, 2);
    names = Files.writeString(dir.resolve("names.txt"), "anna\nben\nanna\n").toString();
  }

  private String npy(String name, float[] values, int... shape) {
    Path file = dir.resolve(name);
    NpyFile.write(file, values, shape);
    return file.toString();
  }

  private void refused(String part, String... args) {
    assertEquals(2, run(args), () -> out + err);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.startsWith("margin-softmax: "), err);
    assertTrue(err.contains(part), err + " lacks " + part);
    assertEquals("", out);
  }

  /** Before images are read: there is no such model either. */
  @Test
  void aFolderThatCannotBeWrittenIsRefusedFirst() throws IOException {
    String file = Files.writeString(dir.resolve("file"), "").toString();
    for (String place : new String[] {file, file + "/below", file + "/far/below"}) {
      refused(place, "gallery", "add", place, "--input", three, "--names", names);
      refused("output " + place, "train", "--out", place, "--data", dir.resolve("no").toString());
      refused(
          "output " + place,
          "sweep",
          "--margins",
          "0,0.5",
          "--out",
          place,
          "--data",
          dir.resolve("no").toString());
    }
  }

  @Test
  void noGalleryIsLeftOfEmbeddingsThatCannotBeAdded() {
    String none = npy("wide.npy", new float[5000], 1, 5000);
    assertEquals(2, run("gallery", "add", gallery, "--input", none, "--name", "anna"), () -> err);
    assertFalse(Files.exists(Path.of(gallery)));
  }

  @Test
  void addsSearchesListsAndRemoves() {
    assertEquals(0, run("gallery", "add", gallery, "--input", three, "--names", names), () -> err);
    assertTrue(out.startsWith("3 added, 3 in "), out);
    String probes = npy("probes.npy", new float[] {5, 0.1f, -1, -1}, 2, 2);
    assertEquals(
        0,
        run("gallery", "search", gallery, "--input", probes, "--top", "2", "--threshold", "0.5"),
        () -> err);
    assertEquals(
        """
        probe 0  0.9998  anna  (id 0)
        probe 0  0.7211  anna  (id 2)
        probe 1  unknown
        """,
        out);
    assertEquals(0, run("gallery", "list", gallery), () -> err);
    assertEquals("     2  anna\n     1  ben\n3 embeddings of 2 names\n", out);
    assertEquals(0, run("gallery", "remove", gallery, "anna"), () -> err);
    assertEquals("2 removed\n", out);
    assertEquals(0, run("gallery", "search", gallery, "--input", probes, "--exact"), () -> err);
    assertEquals("probe 0  0.0200  ben  (id 1)\nprobe 1  -0.7071  ben  (id 1)\n", out);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "anna\nben\nanna",
        "anna\nben\nanna\n",
        "anna\nben\nanna\n\n",
        "anna\r\nben\r\nanna\r\n",
        "anna\r\nben\r\nanna\r\n\r\n \r\n",
        "\uFEFFanna\nben\nanna\n\n",
        "anna\rben\ranna\r"
      })
  void namesAreReadAsEditorsLeaveThem(String text) throws IOException {
    Path file = Files.writeString(dir.resolve("edited.txt"), text);
    assertEquals(
        0, run("gallery", "add", gallery, "--input", three, "--names", file.toString()), () -> err);
    assertEquals(0, run("gallery", "list", gallery), () -> err);
    assertEquals("     2  anna\n     1  ben\n3 embeddings of 2 names\n", out);
  }

  @Test
  void aNameThatCannotBeOneIsToldByItsLine() throws IOException {
    byte[][] files = {
      "a\n\nb\n".getBytes(StandardCharsets.UTF_8),
      "a\n   \nb\n".getBytes(StandardCharsets.UTF_8),
      "a\nb\u0007\nc\n".getBytes(StandardCharsets.UTF_8),
      "a\n\u200b\nc\n".getBytes(StandardCharsets.UTF_8),
      "a\n \u2060\u00a0\nc\n".getBytes(StandardCharsets.UTF_8),
      "a\nb\u2028b\nc\n".getBytes(StandardCharsets.UTF_8),
      "a\nb\u2029\nc\n".getBytes(StandardCharsets.UTF_8),
      ("a\n" + "b".repeat(1001) + "\nc\n").getBytes(StandardCharsets.UTF_8),
      {'a', '\n', 'b', (byte) 0xe4, '\n', 'c', '\n'}
    };
    for (byte[] content : files) {
      Path file = Files.write(dir.resolve("wrong.txt"), content);
      refused("line 2", "gallery", "add", gallery, "--input", three, "--names", file.toString());
    }
  }

  @Test
  void aMarkOfTheEncodingIsNoPartOfAName() throws IOException {
    Path marked = Files.writeString(dir.resolve("marked.txt"), "\uFEFFanna\nben\nanna\n");
    assertEquals(
        0,
        run("gallery", "add", gallery, "--input", three, "--names", marked.toString()),
        () -> err);
    assertEquals(0, run("gallery", "remove", gallery, "anna"), () -> err);
    assertEquals("2 removed\n", out);
  }

  @Test
  void answersInJson() throws IOException {
    String one = npy("one.npy", new float[] {3, 4}, 2);
    assertEquals(0, run("gallery", "add", gallery, "--input", three, "--name", "a", "--json"));
    assertEquals("{\"ids\":[0,1,2],\"size\":3}", json().toString());
    assertEquals(
        0, run("gallery", "search", gallery, "--input", one, "--top", "1", "--json"), () -> err);
    JsonNode found = json();
    assertEquals(3, found.get("size").asInt());
    assertEquals("exact", found.get("method").asText());
    assertEquals(1, found.get("probes").size());
    JsonNode match = found.at("/probes/0/0");
    assertEquals(2, match.get("id").asInt());
    assertEquals("a", match.get("name").asText());
    assertEquals(7 / 5.0 / Math.sqrt(2), match.get("cosine").asDouble(), 1e-6);
    assertEquals(
        0,
        run("gallery", "search", gallery, "--input", one, "--threshold", "0.995", "--json"),
        () -> err);
    assertEquals("[[]]", json().get("probes").toString(), "unknown");
    assertEquals(0, run("gallery", "list", gallery, "--json"), () -> err);
    assertEquals("{\"names\":[{\"name\":\"a\",\"ids\":[0,1,2]}]}", json().toString());
    assertEquals(0, run("gallery", "remove", gallery, "a", "--json"), () -> err);
    assertEquals("{\"removed\":3}", json().toString());
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out);
  }

  @Test
  void refusesWhatCannotBeAddedBeforeAnythingIsMade() throws IOException {
    String nan = npy("nan.npy", new float[] {1, 2, Float.NaN, 1}, 2, 2);
    refused("NaN in row 1", "gallery", "add", gallery, "--input", nan, "--name", "a");
    String zero = npy("zero.npy", new float[] {1, 2, 0, 0}, 2, 2);
    refused("zeros only in row 1", "gallery", "add", gallery, "--input", zero, "--name", "a");
    String none = npy("none.npy", new float[0], 0, 2);
    refused("shape [0, 2]", "gallery", "add", gallery, "--input", none, "--name", "a");
    String cube = npy("cube.npy", new float[8], 2, 2, 2);
    refused("shape [2, 2, 2]", "gallery", "add", gallery, "--input", cube, "--name", "a");
    refused("an NPY file", "gallery", "add", gallery, "--input", names, "--name", "a");
    Path two = Files.writeString(dir.resolve("two.txt"), "a\nb\n");
    refused("found 2", "gallery", "add", gallery, "--input", three, "--names", two.toString());
    Path single = Files.writeString(dir.resolve("single.txt"), "a\n");
    refused("found 1", "gallery", "add", gallery, "--input", three, "--names", single.toString());
    refused("found none", "gallery", "add", gallery, "--input", three, "--names", gallery + "x");
    String below = dir.resolve("single.txt/x").toString();
    refused("check the path", "gallery", "add", below, "--input", three, "--name", "a");
    Path blank = Files.writeString(dir.resolve("blank.txt"), "a\n\nb\n");
    refused("blank", "gallery", "add", gallery, "--input", three, "--names", blank.toString());
    Path bytes = Files.write(dir.resolve("bytes.txt"), new byte[] {(byte) 0xff, 'a', '\n'});
    refused("UTF-8", "gallery", "add", gallery, "--input", three, "--names", bytes.toString());
    refused("check the path", "gallery", "add", gallery, "--input", three, "--names", gallery);
    refused("--name", "gallery", "add", gallery, "--input", three);
    refused("--name", "gallery", "add", gallery, "--input", three, "--names", names, "--name", "a");
    refused("something", "gallery", "add", dir.toString(), "--input", three, "--name", "a");
    assertFalse(Files.exists(Path.of(gallery)));
  }

  @Test
  void refusesWhatCannotBeSearched() {
    refused("found nothing", "gallery", "search", gallery, "--input", three);
    refused("found nothing", "gallery", "list", gallery);
    refused("found nothing", "gallery", "remove", gallery, "anna");
    assertFalse(Files.exists(Path.of(gallery)));
    Gallery.openOrCreate(Path.of(gallery)).close();
    refused("found none", "gallery", "search", gallery, "--input", three);
    assertEquals(0, run("gallery", "list", gallery), () -> err);
    assertEquals("0 embeddings of 0 names\n", out);
    assertEquals(0, run("gallery", "add", gallery, "--input", three, "--names", names), () -> err);
    String wide = npy("wide.npy", new float[] {1, 2, 3}, 1, 3);
    refused("found one of 3", "gallery", "search", gallery, "--input", wide);
    refused("found one of 3", "gallery", "add", gallery, "--input", wide, "--name", "c");
    // Before the images are embedded: there is no such model.
    String model = dir.resolve("model").toString();
    refused(
        "names " + names + ": expected one for each of 2",
        "gallery",
        "add",
        gallery,
        "--model",
        model,
        "--names",
        names,
        "a.png",
        "b.png");
    refused("top", "gallery", "search", gallery, "--model", model, "a.png", "--top", "0");
    refused("found nothing", "gallery", "search", gallery + "x", "--model", model, "a.png");
    refused("'clara'", "gallery", "remove", gallery, "clara");
    refused("1 or more", "gallery", "search", gallery, "--input", three, "--top", "0");
    refused("-1..1", "gallery", "search", gallery, "--input", three, "--threshold", "2");
    refused("-1..1", "gallery", "search", gallery, "--input", three, "--threshold", "NaN");
    refused("found none", "gallery");
    try (Gallery writer = Gallery.open(Path.of(gallery))) {
      writer.add("dora", new float[] {1, 2});
      refused("only writer", "gallery", "add", gallery, "--input", three, "--names", names);
      assertEquals(0, run("gallery", "search", gallery, "--input", three), () -> err);
    }
  }
}
