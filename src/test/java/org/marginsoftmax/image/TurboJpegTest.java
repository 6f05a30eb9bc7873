package org.marginsoftmax.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.layer.Fixtures;

/** Pictures of 37 x 45 pixels in every kind of JPEG, whole and damaged. */
class TurboJpegTest {
  private static final ImageSize SIZE = new ImageSize(37, 45);

  private static Map<String, byte[]> files() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (JsonNode node : Fixtures.read("jpegs.json")) {
      files.put(node.get("name").asText(), Base64.getDecoder().decode(node.get("file").asText()));
    }
    return files;
  }

  /** By Java's decoder; null if it refuses the file. */
  private static byte[] byJava(byte[] content, int channels) {
    try (ImageDecoder decoder = new ImageDecoder(content)) {
      ImageSize size = decoder.stored();
      return ImageFile.resized(
          decoder.decode(),
          ImageForm.stretched(new ImageShape(size.height(), size.width(), channels)));
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static Optional<TurboJpeg> decoded(byte[] content) throws IOException {
    ImageHeader header = TurboJpeg.header(content);
    return Optional.ofNullable(header == null ? null : TurboJpeg.decode(content, header));
  }

  private static byte[] stored(TurboJpeg jpeg, int channels) {
    int row = jpeg.size().width() * channels;
    byte[] values = new byte[jpeg.size().height() * row];
    ImageResize.Rows rows = jpeg.rows(channels);
    byte[] one = new byte[row];
    for (int y = 0; y < jpeg.size().height(); y++) {
      rows.read(y, one);
      System.arraycopy(one, 0, values, y * row, row);
    }
    return values;
  }

  @Test
  void whatIsStoredCellAfterCellIsDecodedAsByJava() throws IOException {
    int decoded = 0;
    for (Map.Entry<String, byte[]> file : files().entrySet()) {
      boolean plain =
          !file.getKey().matches(".*(progressive|CMYK).*")
              || file.getKey().startsWith("JPEG L with a profile");
      Optional<TurboJpeg> jpeg = decoded(file.getValue());
      assertEquals(plain, jpeg.isPresent(), file.getKey());
      if (plain) {
        assertEquals(SIZE, jpeg.get().size(), file.getKey());
        for (int channels : new int[] {1, 3}) {
          assertArrayEquals(
              byJava(file.getValue(), channels), stored(jpeg.get(), channels), file.getKey());
        }
        decoded++;
      }
    }
    assertTrue(decoded > 20, decoded + " files");
  }

  /** The film of a motion photo, a second picture, what an editor left. */
  @Test
  void bytesAfterTheEndArePassedOver() throws IOException {
    Random random = new Random(5);
    byte[] noise = new byte[3000];
    random.nextBytes(noise);
    int decoded = 0;
    for (Map.Entry<String, byte[]> file : files().entrySet()) {
      byte[] whole = file.getValue();
      Optional<TurboJpeg> expected = decoded(whole);
      for (byte[] after : List.of(new byte[1], new byte[64], new byte[] {-1}, noise, whole)) {
        byte[] longer = Arrays.copyOf(whole, whole.length + after.length);
        System.arraycopy(after, 0, longer, whole.length, after.length);
        Optional<TurboJpeg> found = decoded(longer);
        assertEquals(expected.isPresent(), found.isPresent(), file.getKey());
        if (found.isPresent()) {
          assertArrayEquals(expected.get().values(), found.get().values(), file.getKey());
          assertArrayEquals(byJava(longer, 3), stored(found.get(), 3), file.getKey());
          decoded++;
        }
        if (after == whole || file.getKey().equals("JPEG of two pictures")) {
          continue;
        }
        // What is cut off before its end is so with anything after it.
        int cut = whole.length - 2 - random.nextInt(200);
        byte[] broken = Arrays.copyOf(whole, cut + 2 + after.length);
        Arrays.fill(broken, cut, cut + 2, (byte) 0);
        System.arraycopy(after, 0, broken, cut + 2, after.length);
        assertNull(TurboJpeg.header(broken), file.getKey());
      }
    }
    assertTrue(decoded > 100, decoded + " files");
  }

  /** It is not told of damage, so what it gives should be what Java's decoder accepts. */
  @Test
  void aDamagedFileIsDecodedAsByJavaOrLeftToIt() throws IOException {
    Random random = new Random(17);
    List<Map.Entry<String, byte[]>> files = new ArrayList<>(files().entrySet());
    int decoded = 0;
    int passed = 0;
    int unseen = 0;
    for (int i = 0; i < 3000; i++) {
      Map.Entry<String, byte[]> file = files.get(i % files.size());
      byte[] damaged = damaged(file.getValue(), random);
      Optional<TurboJpeg> jpeg = decoded(damaged);
      byte[] expected = byJava(damaged, 3);
      if (jpeg.isEmpty()) {
        passed++;
      } else if (expected == null) {
        unseen++;
      } else {
        decoded++;
        assertArrayEquals(expected, stored(jpeg.get(), 3), file.getKey());
      }
    }
    assertTrue(decoded > 500 && passed > 500, decoded + " decoded, " + passed + " passed on");
    // Bytes that are missing in the middle are seen where cells are missing at the end; of pictures
    // of 4 to 30 cells as here, the values may end in the last one by chance.
    assertTrue(unseen < 90, unseen + " taken for whole");
  }

  private static byte[] damaged(byte[] file, Random random) {
    byte[] damaged = file.clone();
    int at = random.nextInt(file.length);
    int n = Math.min(file.length - at, 1 + random.nextInt(200));
    switch (random.nextInt(5)) {
      case 0 -> {
        return Arrays.copyOf(file, at);
      }
      case 1 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> Arrays.fill(damaged, at, at + n, (byte) 0);
      case 3 -> {
        byte[] without = new byte[file.length - n];
        System.arraycopy(file, 0, without, 0, at);
        System.arraycopy(file, at + n, without, at, file.length - at - n);
        return without;
      }
      default -> damaged[random.nextInt(Math.min(700, file.length))] = (byte) random.nextInt();
    }
    return damaged;
  }
}
