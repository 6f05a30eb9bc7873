package org.marginsoftmax.source;

import com.google.protobuf.CodedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.source.ExampleFeatures.Feature;

/**
 * TFRecord files of {@code tf.train.Example}: for each record its length, the checksum of the
 * length, the data, and the checksum of the data.
 *
 * <p>The checksum of the length is checked on listing, that of the data when an image is read: a
 * wrong length loses all that follows, wrong data one image.
 */
final class TfRecords implements ShardFormat {
  private static final Pattern NAME =
      Pattern.compile("(?i).*(\\.tfrecords?|\\.tfrec)([.-].*)?|.*-\\d{5}-of-\\d{5}");

  private static final List<String> IMAGES =
      List.of("image/encoded", "image", "image_raw", "encoded", "jpeg", "jpg", "png", "img");
  private static final List<String> LABELS =
      List.of("image/class/text", "image/class/label", "label", "class", "target");
  private static final List<String> NAMES = List.of("image/filename", "filename", "file_name");

  private static final int HEADER = 12;
  private static final int FOOTER = 4;

  /** What the masking of checksums adds. */
  private static final int MASK = 0xa282ead8;

  private final String image;
  private final String label;

  /** The features read, once the first record is seen. */
  private String imageFound;

  private String labelFound;

  /**
   * @param image name of the feature with the encoded image; null to look for one of the usual
   *     names
   * @param label name of the feature with the class, as a number or text; null to look for one of
   *     the usual names
   */
  TfRecords(String image, String label) {
    this.image = image;
    this.label = label;
  }

  @Override
  public boolean is(String fileName) {
    return isName(fileName);
  }

  static boolean isName(String fileName) {
    return NAME.matcher(fileName).matches() && !fileName.endsWith(".json");
  }

  @Override
  public String kind() {
    return "TFRecord files";
  }

  @Override
  public String reading() {
    return imageFound;
  }

  @Override
  public void list(Shard shard, Found found) throws IOException {
    try (SeekingInput in = new SeekingInput(shard.file())) {
      long record = 0;
      for (long position = 0; position < in.size(); record++) {
        in.seek(position);
        int length = length(shard, in, position);
        found(shard, in, record, position, length, found);
        position += HEADER + length + FOOTER;
      }
    }
  }

  private int length(Shard shard, SeekingInput in, long position) throws IOException {
    if (in.size() - position < HEADER) {
      throw shard.damaged("whole records", "part of one", position);
    }
    ByteBuffer header = in.bytes(HEADER);
    if (masked(header.array(), 0, Long.BYTES) != header.getInt(Long.BYTES)) {
      throw shard.damaged(
          position == 0 ? "a TFRecord file, not compressed" : "the checksum of a record's length",
          "another",
          position);
    }
    long length = header.getLong(0);
    if (length < 0 || length > Integer.MAX_VALUE - HEADER - FOOTER) {
      throw shard.damaged("a record of less than 2 GB", length + " bytes", position);
    }
    if (in.size() - position < HEADER + length + FOOTER) {
      throw shard.damaged("whole records", "part of one", position);
    }
    return (int) length;
  }

  private void found(
      Shard shard, SeekingInput in, long record, long position, int length, Found found)
      throws IOException {
    Map<String, Feature> features;
    try {
      features = ExampleFeatures.read(CodedInputStream.newInstance(new Bounded(in, length)));
    } catch (IOException e) {
      throw shard.damaged("records of tf.train.Example", "another in record " + record, position);
    }
    if (imageFound == null) {
      if (!isWhole(SeekingInput.read(shard.file(), position + HEADER, length + FOOTER), length)) {
        throw shard.damaged("a first record that shows the features", "a damaged one", position);
      }
      imageFound = chosen(image, IMAGES, features, "tfrecord-image", shard);
      labelFound = chosen(label, LABELS, features, "tfrecord-label", shard);
    }
    Feature of = feature(features, labelFound, shard, record);
    if (of.number() == null && of.text() == null) {
      throw refused(shard, record, "a number or a short text as " + labelFound, "neither");
    }
    feature(features, imageFound, shard, record);
    String name =
        NAMES.stream()
            .map(features::get)
            .filter(feature -> feature != null && feature.text() != null)
            .map(Feature::text)
            .findFirst()
            .orElse(shard.recordName(record));
    found.sample(name, of.number() == null ? of.text() : of.number(), position, length);
  }

  private static String chosen(
      String given, List<String> usual, Map<String, Feature> features, String option, Shard shard) {
    if (given != null) {
      return given;
    }
    return usual.stream()
        .filter(name -> features.containsKey(name) && features.get(name).values() > 0)
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "one of the features " + String.join(", ", usual),
                    features.isEmpty() ? "none" : String.join(", ", features.keySet()),
                    shard.file(),
                    "name it with `" + option + "`"));
  }

  private static Feature feature(
      Map<String, Feature> features, String name, Shard shard, long record) {
    Feature feature = features.get(name);
    if (feature == null || feature.values() != 1) {
      throw refused(
          shard,
          record,
          "one value of %s, an integer or bytes".formatted(name),
          feature == null
              ? "features " + String.join(", ", features.keySet())
              : feature.values() + " values");
    }
    return feature;
  }

  private static InvalidInputException refused(
      Shard shard, long record, String expected, String found) {
    return new InvalidInputException(
        expected,
        found + " in record " + record,
        shard.file(),
        "mend the file, or name other features with `tfrecord-image` and `tfrecord-label`");
  }

  @Override
  public byte[] image(Shard shard, long offset, int length) throws IOException {
    ByteBuffer record = SeekingInput.read(shard.file(), offset + HEADER, length + FOOTER);
    if (!isWhole(record, length)) {
      throw new IOException("wrong checksum");
    }
    Feature feature =
        ExampleFeatures.read(CodedInputStream.newInstance(record.array(), 0, length))
            .get(imageFound);
    if (feature.offset() < 0) {
      throw new IOException("no bytes in " + imageFound);
    }
    return Arrays.copyOfRange(
        record.array(), feature.offset(), feature.offset() + feature.length());
  }

  private static boolean isWhole(ByteBuffer data, int length) {
    return masked(data.array(), 0, length) == data.getInt(length);
  }

  /** The checksum that TFRecord has: CRC-32C, turned and shifted. */
  static int masked(byte[] bytes, int from, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, from, length);
    return Integer.rotateRight((int) checksum.getValue(), 15) + MASK;
  }

  /** Part of a stream, which ends there. */
  private static final class Bounded extends FilterInputStream {
    private long left;

    Bounded(InputStream in, long left) {
      super(in);
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      if (left == 0) {
        return -1;
      }
      left--;
      return super.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int read = in.read(target, offset, (int) Math.min(length, left));
      if (read < 0) {
        throw new EOFException("its end is missing");
      }
      left -= read;
      return read;
    }

    @Override
    public long skip(long count) throws IOException {
      long skipped = in.skip(Math.min(count, left));
      left -= skipped;
      return skipped;
    }

    @Override
    public int available() throws IOException {
      return (int) Math.min(left, in.available());
    }

    @Override
    public void close() {
      // The stream it is part of goes on.
    }
  }
}
