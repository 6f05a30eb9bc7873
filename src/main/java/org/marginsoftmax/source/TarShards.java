package org.marginsoftmax.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.ImageListing;

/**
 * Tar files of samples as WebDataset writes them: the files of a sample stand one after the other,
 * have the same name up to the first dot, and differ after it, as in {@code a/1.jpg} and {@code
 * a/1.cls}. The label is a number in {@code .cls}, else text in {@code .txt}, else the member
 * {@code label}, {@code cls} or {@code class} of {@code .json}.
 */
final class TarShards implements ShardFormat {
  private static final Pattern NAME = Pattern.compile("((?:.*/)?[^./][^./]*)\\.([^/]*)");
  private static final List<String> LABELS = List.of("cls", "txt", "json");
  private static final List<String> MEMBERS = List.of("label", "cls", "class", "class_name");
  private static final int RECORD = 512;

  /** Bytes of the largest file that a label is read from. */
  private static final int LARGEST_LABEL = 1 << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public boolean is(String fileName) {
    return isName(fileName);
  }

  static boolean isName(String fileName) {
    return fileName.toLowerCase(Locale.ROOT).endsWith(".tar");
  }

  @Override
  public String kind() {
    return "tar files";
  }

  /** The files of one sample that were seen so far. */
  private static final class Sample {
    private final String key;
    private final Set<String> extensions = new TreeSet<>();

    /** Content of the files that may have the label, by extension. */
    private final Map<String, String> labels = new HashMap<>();

    private String image;
    private long offset;
    private long length;

    Sample(String key) {
      this.key = key;
    }
  }

  @Override
  public void list(Shard shard, Found found) throws IOException {
    Set<String> keys = new HashSet<>();
    Sample sample = null;
    try (SeekingInput in = new SeekingInput(shard.file())) {
      for (long position = 0; ; ) {
        in.seek(position);
        TarArchiveEntry entry = entry(shard, in, position);
        if (entry == null) {
          break;
        }
        long content = in.position();
        long size = entry.isFile() ? entry.getSize() : 0;
        if (content + size > in.size()) {
          throw shard.damaged("a whole tar file", "part of " + entry.getName(), position);
        }
        position = content + (size + RECORD - 1) / RECORD * RECORD;
        Matcher name = NAME.matcher(entry.getName());
        if (!entry.isFile()) {
          continue;
        }
        if (isHidden(entry.getName()) || !name.matches()) {
          found.passOver("files of no sample", entry.getName());
          continue;
        }
        if (sample == null || !sample.key.equals(name.group(1))) {
          finish(shard, sample, found);
          sample = new Sample(name.group(1));
          if (!keys.add(sample.key)) {
            throw twice(shard, sample.key);
          }
        }
        in.seek(content);
        add(shard, sample, name.group(2), in, content, size);
      }
      finish(shard, sample, found);
    }
  }

  /** The next file; null at the end of the archive, where the input is then left. */
  private static TarArchiveEntry entry(Shard shard, SeekingInput in, long position)
      throws IOException {
    TarArchiveEntry entry;
    try {
      entry =
          new TarArchiveInputStream(in, RECORD, RECORD, StandardCharsets.UTF_8.name(), false)
              .getNextEntry();
    } catch (IOException | RuntimeException e) {
      // Whatever a damaged header leads to.
      throw shard.damaged(
          position == 0 ? "a tar file, not compressed" : "the header of a file",
          "another",
          position);
    }
    if (entry == null) {
      requireEnd(shard, in, position);
      return null;
    }
    if (!entry.isCheckSumOK() || entry.getSize() < 0) {
      throw shard.damaged(
          position == 0 ? "a tar file, not compressed" : "the header of a file",
          "a wrong checksum",
          position);
    }
    if (entry.isSparse()) {
      throw shard.damaged("files as a whole", "a sparse one", position);
    }
    return entry;
  }

  /** Requires a record of zeros and nothing after it: samples would be lost without a word. */
  private static void requireEnd(Shard shard, SeekingInput in, long position) throws IOException {
    if (in.size() - position < RECORD) {
      throw position == 0
          ? shard.damaged("a tar file", "something else", position)
          : shard.damaged("the mark that a tar file ends with", "none", position);
    }
    in.seek(position);
    for (int read = in.read(); read >= 0; read = in.read()) {
      if (read != 0) {
        throw shard.damaged("nothing after the end of a tar file", "more", in.position() - 1);
      }
    }
  }

  private static boolean isHidden(String name) {
    return Stream.of(name.split("/"))
        .anyMatch(part -> !part.equals(".") && ImageListing.isHidden(part));
  }

  private static void add(
      Shard shard, Sample sample, String extension, SeekingInput in, long content, long size)
      throws IOException {
    String kind = extension.toLowerCase(Locale.ROOT);
    if (!sample.extensions.add(kind)) {
      throw twice(shard, sample.key + "." + extension);
    }
    if (LABELS.contains(kind) && size <= LARGEST_LABEL) {
      byte[] text = in.readNBytes((int) size);
      sample.labels.put(kind, new String(text, StandardCharsets.UTF_8).strip());
    } else if (ImageListing.isImage(kind.substring(kind.lastIndexOf('.') + 1))) {
      if (sample.image != null) {
        throw refused(shard, sample, "one image", "%s and %s".formatted(sample.image, extension));
      }
      sample.image = extension;
      sample.offset = content;
      sample.length = size;
    }
  }

  /** The label, from the first of .cls, .txt and .json that there is. */
  private static Object label(Shard shard, Sample sample) {
    String from = LABELS.stream().filter(sample.labels::containsKey).findFirst().orElse("");
    String text = sample.labels.get(from);
    try {
      switch (from) {
        case "cls":
          return Long.valueOf(text);
        case "txt":
          if (!text.isEmpty() && text.lines().count() == 1) {
            return text;
          }
          break;
        case "json":
          JsonNode label = member(JSON.readTree(text));
          if (label != null) {
            return label.isTextual() ? (Object) label.asText() : (Object) label.asLong();
          }
          break;
        default:
      }
    } catch (NumberFormatException | JsonProcessingException e) {
      // Said below.
    }
    throw refused(
        shard,
        sample,
        "a label: a whole number in .cls, a line of .txt, or label in .json",
        "." + String.join(", .", sample.extensions));
  }

  private static JsonNode member(JsonNode json) {
    return MEMBERS.stream()
        .map(json::get)
        .filter(node -> node != null && (node.isTextual() || node.isIntegralNumber()))
        .findFirst()
        .orElse(json.isTextual() || json.isIntegralNumber() ? json : null);
  }

  private static void finish(Shard shard, Sample sample, Found found) {
    if (sample == null) {
      return;
    }
    if (sample.image == null) {
      throw refused(
          shard,
          sample,
          "an image and a label of each sample",
          "." + String.join(", .", sample.extensions));
    }
    if (sample.length > Integer.MAX_VALUE) {
      throw refused(shard, sample, "images below 2 GB", sample.length + " bytes");
    }
    found.sample(
        sample.key + "." + sample.image, label(shard, sample), sample.offset, (int) sample.length);
  }

  private static InvalidInputException twice(Shard shard, String name) {
    return new InvalidInputException(
        "the files of each sample together and once",
        "'" + name + "' twice",
        shard.file(),
        "rename the samples, or write the files of each one after the other");
  }

  private static InvalidInputException refused(
      Shard shard, Sample sample, String expected, String found) {
    return new InvalidInputException(
        expected, found + " of '" + sample.key + "'", shard.file(), "mend the file");
  }

  @Override
  public byte[] image(Shard shard, long offset, int length) throws IOException {
    return SeekingInput.read(shard.file(), offset, length).array();
  }
}
