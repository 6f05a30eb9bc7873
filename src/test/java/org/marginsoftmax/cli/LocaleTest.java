package org.marginsoftmax.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.ChildJvm;
import org.marginsoftmax.npy.NpyFile;

/**
 * Processes in locales that know neither Unicode nor the decimal point, started by the launcher.
 */
class LocaleTest {
  private static final List<String> CLASSES = List.of("Größe i", "漢字", "😀 I");

  @TempDir Path dir;
  private String out;
  private String err;

  /** The launcher of the zip over the classes under test: its java is one that knows them. */
  @BeforeEach
  void setUp() throws IOException {
    Files.copy(Path.of("src/dist/margin-softmax"), dir.resolve("launcher"));
    Path java = Files.createDirectory(dir.resolve("bin")).resolve("java");
    Files.writeString(
        java,
        """
        #!/usr/bin/env bash
        options=()
        while [ $# -gt 0 ] && [ "$1" != org.marginsoftmax.cli.Main ]; do
          if [ "$1" = -cp ]; then shift; else options+=("$1"); fi
          shift
        done
        exec '%s' "${options[@]}" -cp '%s' "$@"
        """
            .formatted(ChildJvm.java(), ChildJvm.classPath()));
    assertTrue(java.toFile().setExecutable(true));
    assertTrue(dir.resolve("launcher").toFile().setExecutable(true));
    for (String name : CLASSES) {
      for (int i = 0; i < 12; i++) {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        for (int at = 0; at < 64; at++) {
          image.getRaster().setSample(at % 8, at / 8, 0, (name.charAt(0) * (at + 1) + i) & 255);
        }
        Path file = dir.resolve("фото").resolve(name).resolve("ä" + i + ".png");
        Files.createDirectories(file.getParent());
        assertTrue(ImageIO.write(image, "png", file.toFile()));
      }
    }
  }

  /** Runs a process; null takes a variable of the environment away. */
  private int run(List<String> command, Map<String, String> variables) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().put("PATH", dir.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().putAll(variables);
    Process process =
        builder
            .redirectOutput(dir.resolve("out").toFile())
            .redirectError(dir.resolve("err").toFile())
            .start();
    int code = process.waitFor();
    out = Files.readString(dir.resolve("out"), StandardCharsets.UTF_8);
    err = Files.readString(dir.resolve("err"), StandardCharsets.UTF_8);
    return code;
  }

  private void launch(String locale, String language, String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of(dir.resolve("launcher").toString()));
    command.addAll(List.of(args));
    Map<String, String> variables =
        Map.of(
            locale.startsWith("LANG=") ? "LANG" : "LC_ALL",
            locale.replace("LANG=", ""),
            "MARGIN_SOFTMAX_JAVA",
            "-XX:+UseSerialGC -Duser.language=" + language);
    assertEquals(0, run(command, variables), () -> locale + ": " + err + out);
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  private static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  @Test
  void namesAndFiguresAreTheSameInEveryLocale() throws Exception {
    launch(
        "C",
        "tr",
        "train",
        "--data",
        "фото",
        "--epochs",
        "2",
        "--batch-size",
        "8",
        "--embedding",
        "8",
        "--image-size",
        "8",
        "--out",
        "прогон");
    assertTrue(err.contains("фото: 36 .png"), err);
    assertTrue(out.contains("page     прогон/report.html"), out);
    Path run = dir.resolve("прогон");
    String page = Files.readString(run.resolve("report.html"));
    for (String name : CLASSES) {
      assertTrue(page.contains(name), name);
    }
    List<String> history = Files.readAllLines(run.resolve("history.csv"));
    int columns = history.get(0).split(",", -1).length;
    for (String row : history) {
      assertEquals(columns, row.split(",", -1).length, row);
    }
    JsonNode config = json(Files.readString(run.resolve("config.json")));
    assertEquals(CLASSES, texts(config.at("/data/class_names")), config::toString);

    launch("POSIX", "de", "outliers", "прогон", "--angle", "0", "--json");
    List<String> files = texts(new ObjectMapper().createArrayNode().addAll(namesOf(json(out))));
    assertTrue(files.contains("漢字/ä0.png") || files.contains("漢字/ä1.png"), files::toString);

    NpyFile.write(dir.resolve("é.npy"), new float[] {1, 0, 0, 1, 1, 1}, 3, 2);
    Files.write(dir.resolve("имена.txt"), CLASSES);
    launch("C", "tr", "gallery", "add", "галерея", "--input", "é.npy", "--names", "имена.txt");
    launch("LANG=xx_XX.UTF-8", "ar", "gallery", "list", "галерея");
    for (String name : CLASSES) {
      assertTrue(out.contains("     1  " + name + "\n"), out);
    }
    launch("de_DE.ISO-8859-1", "de", "gallery", "search", "галерея", "--input", "é.npy");
    assertTrue(out.contains("0.7071  " + CLASSES.get(2)), out);
    launch("POSIX", "tr", "gallery", "list", "галерея", "--json");
    assertEquals(
        new TreeSet<>(CLASSES),
        new TreeSet<>(
            StreamSupport.stream(json(out).get("names").spliterator(), false)
                .map(each -> each.get("name").asText())
                .toList()));
  }

  private static List<JsonNode> namesOf(JsonNode outliers) {
    return StreamSupport.stream(outliers.get("outliers").spliterator(), false)
        .map(each -> each.get("name"))
        .toList();
  }

  /** Without the launcher the JVM has read the names before a line of ours runs. */
  @Test
  void withoutTheLauncherItIsSaidHow() throws Exception {
    List<String> command =
        List.of(
            dir.resolve("bin/java").toString(),
            "-XX:+UseSerialGC",
            "org.marginsoftmax.cli.Main",
            "gallery",
            "list",
            "галерея");
    assertEquals(2, run(command, Map.of("LC_ALL", "C")), () -> err);
    assertTrue(err.startsWith("margin-softmax: locale: expected one of UTF-8"), err);
    assertTrue(err.contains("LC_ALL=C.UTF-8"), err);
    assertEquals(1, err.lines().count(), err);
    Files.createSymbolicLink(dir.resolve("photos"), dir.resolve("фото"));
    List<String> within = new ArrayList<>(command.subList(0, 3));
    within.addAll(List.of("check", "--data", "photos", "--batch-size", "4"));
    assertEquals(2, run(within, Map.of("LC_ALL", "POSIX")), () -> err);
    assertTrue(err.contains("names of classes in UTF-8"), err);
    assertEquals(1, err.lines().count(), err);
    assertEquals(0, run(within, Map.of("LC_ALL", "C.UTF-8")), () -> err);
  }
}
