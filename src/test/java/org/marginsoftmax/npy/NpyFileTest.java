package org.marginsoftmax.npy;

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
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;

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

  /** Every float16 there is, by a table of powers of two. */
  @Test
  void readsFloat16() throws IOException {
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      ByteBuffer all = ByteBuffer.allocate(2 << 16).order(order);
      for (int bits = 0; bits < 1 << 16; bits++) {
        all.putShort((short) bits);
      }
      String type = order == ByteOrder.LITTLE_ENDIAN ? "<f2" : ">f2";
      double[] read = NpyFile.readDoubles(file(type, false, "65536,", all.array()));
      for (int bits = 0; bits < 1 << 16; bits++) {
        int exponent = bits >> 10 & 31;
        double size =
            Math.pow(2, Math.max(1, exponent) - 25) * ((bits & 1023) + (exponent > 0 ? 1024 : 0));
        double expected =
            exponent < 31 ? size : (bits & 1023) == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        assertEquals(bits < 1 << 15 ? expected : -expected, read[bits], "bits " + bits);
      }
    }
  }

  @Test
  void readsShapesOfPython2() throws IOException {
    NpyFile.Floats read =
        NpyFile.readFloats(
            file("<f4", false, "2L, 3L", floats(ByteOrder.LITTLE_ENDIAN, 1, 2, 3, 4, 5, 6)));
    assertArrayEquals(new int[] {2, 3}, read.shape());
    assertArrayEquals(
        new float[] {1, 2},
        NpyFile.readFloats(file("<f4", false, "2L,", floats(ByteOrder.LITTLE_ENDIAN, 1, 2)))
            .values());
  }

  @Test
  void whatIsNoArrayOfNumbersIsNamed() throws IOException {
    byte[] two = floats(ByteOrder.LITTLE_ENDIAN, 1, 2);
    String[][] kinds = {
      {"|O", "Python objects"},
      {"<U7", "texts"},
      {"|S3", "texts"},
      {"<c8", "complex numbers"},
      {"<c16", "complex numbers"},
      {"<M8[ns]", "times"},
      {"<m8", "times"},
      {"|V2", "raw bytes, as of bfloat16"},
      {"<f16", "float128"},
      {"<f12", "float96"}
    };
    for (String[] kind : kinds) {
      refused(() -> NpyFile.readFloats(file(kind[0], false, "1,", two)), "found " + kind[1] + ": ");
      refused(() -> NpyFile.readFloats(file(kind[0], false, "1,", two)), "astype");
    }
    byte[] record = Files.readAllBytes(file("<f4", false, "1,", two));
    String header =
        "{'descr': [('x', '<f4'), ('y', '<f4')], 'fortran_order': False, 'shape': (1,), }\n";
    String magic = "\u0093NUMPY\u0001\0" + (char) header.length() + "\0";
    Path named =
        Files.write(
            dir.resolve("record.npy"), (magic + header).getBytes(StandardCharsets.ISO_8859_1));
    refused(() -> NpyFile.readFloats(named), "records of named fields");
    Path archive = dir.resolve("a.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      for (String name : List.of("x.npy", "labels.npy")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(record);
      }
    }
    refused(() -> NpyFile.readFloats(archive), "an NPZ archive of x, labels");
    refused(() -> NpyFile.readFloats(archive), "numpy.save('a.npy', numpy.load(FILE)['NAME'])");
    Map<String, String> starts =
        Map.of(
            "\u0089HDF\r\n\u001a\n...", "an HDF5 file",
            "\u001f\u008b\b\0\0\0\0\0", "a gzip file",
            "\u0080\u0004\u0095......", "a pickle",
            "PK\u0003\u0004....", "an NPZ archive",
            "1.0,2.0\n3.0", "text",
            "", "an empty file",
            "\u0000\u0001\u0002", "bytes 00 01 02");
    for (Map.Entry<String, String> start : starts.entrySet()) {
      Path file =
          Files.write(dir.resolve("other"), start.getKey().getBytes(StandardCharsets.ISO_8859_1));
      refused(() -> NpyFile.readFloats(file), "found " + start.getValue());
    }
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

  private Path longs(String type, long... values) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      buffer.putLong(value);
    }
    return file(type, false, values.length + ",", buffer.array());
  }

  @Test
  void readsUnsignedNumbersBeyondHalfTheirRange() throws IOException {
    assertArrayEquals(
        new double[] {0x1p64, 0x1p63, 0x1p63 + 2048, 5},
        NpyFile.readDoubles(longs("<u8", -1, Long.MIN_VALUE, Long.MIN_VALUE + 2047, 5)));
  }

  @Test
  void refusesLabelsBeyondInt32() throws IOException {
    assertArrayEquals(
        new int[] {Integer.MIN_VALUE, Integer.MAX_VALUE},
        NpyFile.readLabels(longs("<i8", Integer.MIN_VALUE, Integer.MAX_VALUE)).values());
    String range = "whole numbers from -2^31 to 2^31-1, found ";
    refused(() -> NpyFile.readLabels(longs("<u8", -3)), range + "18446744073709551616 ");
    refused(() -> NpyFile.readLabels(longs("<u8", 1L << 31)), range + "2147483648 ");
    refused(() -> NpyFile.readLabels(longs("<i8", 999_999_999_999_999L)), "found 999999999999999 ");
    refused(
        () -> NpyFile.readLabels(longs("<i8", Long.MIN_VALUE)), range + "-9223372036854775808 ");
  }

  @Test
  void saysWhatIsWrongWithLabels() throws IOException {
    byte[] four = new byte[4];
    refused(
        () -> NpyFile.readLabels(file("|u1", false, "4, 1, 1", four)),
        "one-hot [N, C], found shape [4, 1, 1]");
    refused(() -> NpyFile.readLabels(file("|u1", false, "", new byte[1])), "found shape []");
    refused(
        () -> NpyFile.readLabels(file("<U1", false, "1,", four)),
        "of labels numpy.unique(a, return_inverse=True)[1]");
    refused(() -> NpyFile.readLabels(file("|u1", false, "-4,", four)), "found shape [-4]");
    refused(() -> NpyFile.readLabels(file("|u1", false, "4 4", four)), "found shape [4 4]");
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
    String message = assertThrows(InvalidInputException.class, work).getMessage();
    assertTrue(message.contains(part), message);
  }
}
