package org.marginsoftmax.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.marginsoftmax.InvalidInputException;

/**
 * The start of an IDX file: two zero bytes, the element type, the rank, then every dimension as a
 * big-endian int32.
 *
 * @param type code of the element type
 * @param dimensions the number of samples first
 */
record IdxHeader(int type, int[] dimensions) {
  static final int UINT8 = 0x08;
  static final int INT32 = 0x0c;
  static final String DAMAGED = "the file is damaged: copy or download it again";
  private static final Map<Integer, String> TYPES =
      Map.of(
          UINT8, "uint8", 0x09, "int8", 0x0b, "int16", INT32, "int32", 0x0d, "float32", 0x0e,
          "float64");

  /**
   * @param file for messages
   * @throws InvalidInputException if this is no IDX file, or it ends within its header
   */
  static IdxHeader read(InputStream in, Path file) throws IOException {
    byte[] magic = in.readNBytes(4);
    if (magic.length < 4 || magic[0] != 0 || magic[1] != 0) {
      throw new InvalidInputException(
          "an IDX file, which starts with two zero bytes, an element type and a rank",
          magic.length == 0
              ? "an empty file"
              : "bytes " + HexFormat.ofDelimiter(" ").formatHex(magic),
          file,
          "give images and labels as IDX, plain or gzip-compressed");
    }
    int rank = magic[3] & 0xff;
    byte[] bytes = in.readNBytes(rank * Integer.BYTES);
    if (bytes.length < rank * Integer.BYTES) {
      throw new InvalidInputException(
          "an IDX header of " + (4 + rank * Integer.BYTES) + " bytes",
          "the file's end after " + (4 + bytes.length),
          file,
          DAMAGED);
    }
    int[] dimensions = new int[rank];
    ByteBuffer.wrap(bytes).asIntBuffer().get(dimensions);
    return new IdxHeader(magic[2] & 0xff, dimensions);
  }

  /** Length of the header in the file. */
  int bytes() {
    return 4 + dimensions.length * Integer.BYTES;
  }

  /**
   * Refuses other types and ranks, no samples, and dimensions below 1.
   *
   * @param content what the file is read as, for the message: "images" or "labels"
   */
  void require(String content, int[] types, int[] ranks, Path file) {
    if (Arrays.stream(types).noneMatch(t -> t == type)) {
      throw new InvalidInputException(
          content
              + " of "
              + String.join(" or ", Arrays.stream(types).mapToObj(TYPES::get).toList()),
          TYPES.getOrDefault(type, String.format("the unknown element type 0x%02x", type)),
          file,
          "convert the file");
    }
    if (Arrays.stream(ranks).noneMatch(r -> r == dimensions.length)) {
      throw new InvalidInputException(
          content
              + " of rank "
              + String.join(" or ", Arrays.stream(ranks).mapToObj(Integer::toString).toList()),
          "rank " + dimensions.length,
          file,
          "check that images and labels are not swapped");
    }
    if (dimensions[0] == 0) {
      throw new InvalidInputException(
          "at least one sample", "none", file, "give a file that holds samples");
    }
    if (Arrays.stream(dimensions).anyMatch(d -> d < 1)) {
      throw new InvalidInputException(
          "every dimension positive", Arrays.toString(dimensions), file, DAMAGED);
    }
  }
}
