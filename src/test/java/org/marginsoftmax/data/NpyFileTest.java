package org.marginsoftmax.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyFileTest {
  @TempDir Path dir;

  private Path file(String type, boolean fortran, String shape, byte[] content) throws IOException {
    String header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n"
            .formatted(type, fortran ? "True" : "False", shape);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(new byte[] {(byte) header.length(), (byte) (header.length() >> 8)});
    out.write(header.getBytes(StandardCharsets.US_ASCII));
    out.write(content);
    return Files.write(Files.createTempFile(dir, "a", ".npy"), out.toByteArray());
  }

  private static byte[] floats(ByteOrder order, float... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(order);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return buffer.array();
  }

  @Test
  void readsWhatItWrote() {
    Path file = dir.resolve("a.npy");
    float[] values = new float[20_000 * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 7f;
    }
    NpyFile.write(file, values, 20_000, 3);
    NpyFile.Floats read = NpyFile.readFloats(file);
    assertArrayEquals(new int[] {20_000, 3}, read.shape());
    assertArrayEquals(values, read.values());
    NpyFile.write(file, new float[] {2.5f});
    assertEquals(0, NpyFile.readFloats(file).shape().length);
    assertArrayEquals(new float[] {2.5f}, NpyFile.readFloats(file).values());
  }

  @Test
  void readsEitherOrderAndWidth() throws IOException {
    float[] expected = {1, 2, 3, 4, 5, 6};
    assertArrayEquals(
        expected,
        NpyFile.readFloats(file(">f4", false, "2, 3", floats(ByteOrder.BIG_ENDIAN, expected)))
            .values());
    byte[] columns = floats(ByteOrder.LITTLE_ENDIAN, 1, 4, 2, 5, 3, 6);
    assertArrayEquals(expected, NpyFile.readFloats(file("<f4", true, "2, 3", columns)).values());
    byte[] wide = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.1).array();
    assertArrayEquals(new double[] {0.1}, NpyFile.readDoubles(file("<f8", false, "1,", wide)));
  }

  @Test
  void readsLabelsAsNumbersOrOneHot() throws IOException {
    assertArrayEquals(
        new int[] {0, 200, 3},
        NpyFile.readLabels(file("|u1", false, "3,", new byte[] {0, (byte) 200, 3})).values());
    assertArrayEquals(
        new int[] {2, 0},
        NpyFile.readLabels(
                file("<f4", false, "2, 3", floats(ByteOrder.LITTLE_ENDIAN, 0, 0, 1, 1, 0, 0)))
            .values());
    refused(
        () ->
            NpyFile.readLabels(
                file("<f4", false, "1, 3", floats(ByteOrder.LITTLE_ENDIAN, 0, 1, 1))),
        "row 0");
    refused(
        () -> NpyFile.readLabels(file("<f4", false, "2,", floats(ByteOrder.LITTLE_ENDIAN, 0, 1))),
        "integers");
  }

  @Test
  void refusesWhatIsDamaged() throws IOException {
    byte[] two = floats(ByteOrder.LITTLE_ENDIAN, 1, 2);
    refused(() -> NpyFile.readFloats(dir.resolve("none.npy")), "an NPY file");
    refused(() -> NpyFile.readFloats(Files.writeString(dir.resolve("t"), "text")), "version 1");
    refused(() -> NpyFile.readFloats(Files.createFile(dir.resolve("e"))), "an empty file");
    refused(() -> NpyFile.readFloats(file("<f4", false, "3,", two)), "too early");
    refused(() -> NpyFile.readFloats(file("<f4", false, "1,", two)), "more bytes");
    refused(() -> NpyFile.readFloats(file("<f4", false, "99999999999, 9", two)), "2^31");
    refused(() -> NpyFile.readFloats(file("<f4", false, "2000000000,", two)), "too early");
    refused(() -> NpyFile.readFloats(file("<c8", false, "1,", two)), "float32");
    refused(() -> NpyFile.readFloats(file("<U2", false, "1,", two)), "float32");
    refused(() -> NpyFile.readFloats(file("|O", false, "1,", two)), "float32");
  }

  private static void refused(org.junit.jupiter.api.function.Executable work, String part) {
    String message = assertThrows(DataException.class, work).getMessage();
    assertTrue(message.contains(part), message);
  }
}
