package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.image.ImageFile;
import org.marginsoftmax.image.ImageFit;
import org.marginsoftmax.image.ImageForm;
import org.marginsoftmax.image.ImageSize;
import org.marginsoftmax.layer.Fixtures;

/**
 * Images of every kind, damaged: in every source they are read or named, and nothing else happens.
 */
class DamagedImagesTest {
  private static final SourceOptions USUAL = new SourceOptions(false, null, null, null);
  private static final ImageShape SHAPE = new ImageShape(7, 9, 3);

  /** Files of each kind that are damaged, each in 20 lengths and with bits changed at 20 places. */
  private static final int OF_A_KIND = 4;

  private static final int TIMES = 20;
  private static final Map<String, byte[]> IMAGES = new TreeMap<>();

  /** Pixels of those that can be read. */
  private static final Map<String, byte[]> PIXELS = new TreeMap<>();

  /** Why the others cannot. */
  private static final Map<String, String> FAILURES = new TreeMap<>();

  @TempDir Path dir;

  @BeforeAll
  static void damage() {
    SplittableRandom random = new SplittableRandom(3);
    Map<String, List<byte[]>> kinds = new LinkedHashMap<>();
    for (JsonNode node : Fixtures.read("image-kinds.json")) {
      String[] words = node.get("name").asText().split(" ");
      if (!words[1].equals("EXIF")) {
        byte[] file = Base64.getDecoder().decode(node.get("file").asText());
        kinds.computeIfAbsent(words[0], kind -> new ArrayList<>()).add(file);
      }
    }
    assertEquals(Set.of("PNG", "JPEG", "BMP", "GIF", "TIFF", "WebP"), kinds.keySet());
    kinds.forEach(
        (kind, files) -> {
          for (int i = 0; i < OF_A_KIND; i++) {
            byte[] file = files.get(i * files.size() / OF_A_KIND);
            add(kind, file);
            for (int k = 0; k < TIMES; k++) {
              add(kind, Arrays.copyOf(file, 1 + k * (file.length - 1) / TIMES));
              byte[] flipped = file.clone();
              int at = random.nextInt(k % 2 == 0 ? Math.min(80, file.length) : file.length);
              flipped[at] ^= (byte) (1 << random.nextInt(8));
              add(kind, flipped);
            }
          }
        });
  }

  private static void add(String kind, byte[] file) {
    // The names of records are numbers.
    String name = "%s/%04d.%s".formatted(IMAGES.size() % 2, IMAGES.size(), kind.toLowerCase());
    IMAGES.put(name, file);
    try {
      PIXELS.put(name, ImageFile.read(file, ImageForm.stretched(SHAPE)));
    } catch (IOException e) {
      FAILURES.put(name, ImageFile.said(e));
    }
  }

  private static Path folder(Path dir) throws IOException {
    for (Map.Entry<String, byte[]> image : IMAGES.entrySet()) {
      Path file = dir.resolve(image.getKey());
      Files.createDirectories(file.getParent());
      Files.write(file, image.getValue());
    }
    return dir;
  }

  private Path source(String format) throws IOException {
    Path file = dir.resolve("images." + format);
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    switch (format) {
      case "folder" -> {
        return folder(file);
      }
      case "csv" -> {
        folder(dir);
        Files.write(file, IMAGES.keySet().stream().map(name -> name + "," + label(name)).toList());
        return file;
      }
      case "tar" -> {
        List<Map.Entry<String, byte[]>> files = new ArrayList<>();
        IMAGES.forEach(
            (name, image) -> {
              files.add(Map.entry(name, image));
              files.add(
                  Map.entry(
                      name.substring(0, name.indexOf('.')) + ".cls",
                      new byte[] {(byte) ('0' + label(name))}));
            });
        Tars.write(file, files);
        return file;
      }
      case "rec" -> {
        for (Map.Entry<String, byte[]> image : IMAGES.entrySet()) {
          records.write(Records.recordIo(label(image.getKey()), image.getValue()));
        }
      }
      default -> {
        for (Map.Entry<String, byte[]> image : IMAGES.entrySet()) {
          String name = image.getKey();
          records.write(Records.tfRecord(label(name) + "", name, image.getValue()));
        }
      }
    }
    return Files.write(file, records.toByteArray());
  }

  private static int label(String name) {
    return name.charAt(0) - '0';
  }

  private static Samples read(Path path, String color, double unreadable, List<String> said) {
    return ImageData.readTest(
        DataFormat.of(path).open(path, USUAL, line -> {}),
        new ImageOptions(new ImageSize(7, 9), color, ImageFit.STRETCH, 0.25, unreadable, 1),
        null,
        said::add);
  }

  @ParameterizedTest
  @ValueSource(strings = {"folder", "csv", "tar", "rec", "tfrecord"})
  void everyImageIsReadOrNamed(String format) throws IOException {
    Path path = source(format);
    List<String> said = new ArrayList<>();
    Samples samples =
        assertTimeoutPreemptively(
            Duration.ofMinutes(2), () -> read(path, "color", 1, said), format);
    Map<String, String> names = new HashMap<>();
    int number = 0;
    for (String name : IMAGES.keySet()) {
      names.put(format.equals("rec") ? "images.rec/%09d".formatted(number++) : name, name);
    }
    assertEquals(PIXELS.size(), samples.size());
    for (int i = 0; i < samples.size(); i++) {
      byte[] pixels = new byte[SHAPE.size()];
      samples.copy(i, pixels, 0);
      assertArrayEquals(PIXELS.get(names.get(samples.name(i))), pixels, samples.name(i));
    }
    Set<String> expected = new TreeSet<>();
    names.forEach(
        (inSource, name) -> {
          if (FAILURES.containsKey(name)) {
            expected.add("skipped, unreadable: %s (%s)".formatted(inSource, FAILURES.get(name)));
          }
        });
    said.removeIf(line -> !line.startsWith("skipped"));
    // To find colour, the first ones of each class are read that can be.
    assertEquals(PIXELS.size(), read(path, "auto", 1, new ArrayList<>()).size());
    assertEquals(expected, new TreeSet<>(said));
    Refusals.refused(
        () -> read(path, "color", 0.01, said), "images unreadable, found " + expected.size());
  }

  /** No words of Java's or of a library's insides. */
  @Test
  void failuresAreSaidInWords() {
    assertTrue(FAILURES.size() > 300 && PIXELS.size() > 100, FAILURES.size() + " failures");
    FAILURES.forEach(
        (name, why) -> {
          assertEquals(1, why.lines().count(), name + ": " + why);
          assertTrue(
              why.matches("[^@]{5,150}[^:!.]")
                  && !why.matches(".*(\\bjava|Exception|Error:|\\bnull\\b|marginsoftmax|\\bi/).*"),
              name + ": " + why);
        });
  }
}
