package org.marginsoftmax.pairs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.marginsoftmax.source.Refusals.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Sha256;

/** Pickles as Python writes them ({@code make_pair_bins.py}), and as nobody should. */
class PickledPairsTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures/pairs");
  private static final Set<PickleOpcode> READ =
      EnumSet.of(
          PickleOpcode.FRAME,
          PickleOpcode.MARK,
          PickleOpcode.STOP,
          PickleOpcode.EMPTY_LIST,
          PickleOpcode.LIST,
          PickleOpcode.APPEND,
          PickleOpcode.APPENDS,
          PickleOpcode.EMPTY_TUPLE,
          PickleOpcode.TUPLE,
          PickleOpcode.TUPLE1,
          PickleOpcode.TUPLE2,
          PickleOpcode.TUPLE3,
          PickleOpcode.NEWTRUE,
          PickleOpcode.NEWFALSE,
          PickleOpcode.BININT,
          PickleOpcode.BININT1,
          PickleOpcode.BININT2,
          PickleOpcode.BINSTRING,
          PickleOpcode.SHORT_BINSTRING,
          PickleOpcode.BINBYTES,
          PickleOpcode.SHORT_BINBYTES,
          PickleOpcode.BINBYTES8,
          PickleOpcode.BINUNICODE,
          PickleOpcode.SHORT_BINUNICODE,
          PickleOpcode.BINUNICODE8,
          PickleOpcode.BINPUT,
          PickleOpcode.LONG_BINPUT,
          PickleOpcode.MEMOIZE,
          PickleOpcode.BINGET,
          PickleOpcode.LONG_BINGET,
          PickleOpcode.GLOBAL,
          PickleOpcode.STACK_GLOBAL,
          PickleOpcode.REDUCE);

  @TempDir Path dir;

  private static PairList read(Path file) {
    return PairFormat.read(file, null, null, line -> {});
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(dir.resolve("list.bin"), content);
  }

  private static String hash(byte[] content) {
    var digest = Sha256.digest();
    digest.update(content);
    return Sha256.hex(digest);
  }

  /** Images of each pair by their hashes, in the order of pairs. */
  private static List<String> images(PairList list) throws IOException {
    List<String> hashes = new ArrayList<>();
    for (int i = 0; i < list.pairs().size(); i++) {
      for (int template : new int[] {list.pairs().first()[i], list.pairs().second()[i]}) {
        hashes.add(hash(list.media().content(list.pairs().templates()[template][0])));
      }
    }
    return hashes;
  }

  @ParameterizedTest
  @ValueSource(strings = {"small", "pairs"})
  void readsWhatEveryPythonWrites(String name) throws IOException {
    JsonNode expected = new ObjectMapper().readTree(FIXTURES.resolve(name + ".json").toFile());
    List<String> hashes =
        StreamSupport.stream(expected.get("images").spliterator(), false)
            .map(JsonNode::asText)
            .toList();
    for (String written : List.of("2", "3", "4", "5", "python2")) {
      PairList list = read(FIXTURES.resolve("%s-%s.bin".formatted(name, written)));
      assertEquals(hashes, images(list), written);
      for (int i = 0; i < list.pairs().size(); i++) {
        assertEquals(expected.get("same").get(i).asBoolean(), list.pairs().same()[i], written);
      }
      assertEquals(
          hashes.stream().distinct().count(), list.media().listing().size(), "each image once");
      assertEquals(null, list.pairs().folds());
      Set<String> stamps = new HashSet<>();
      for (int i = 0; i < list.media().listing().size(); i++) {
        assertTrue(stamps.add(list.media().stamp(i)));
      }
    }
  }

  @Test
  void readsTuplesForListsAndIntegersForBooleans() throws IOException {
    List<String> usual = images(read(FIXTURES.resolve("small-3.bin")));
    for (String other : List.of("tuples", "integers")) {
      assertEquals(usual, images(read(FIXTURES.resolve("other-%s.bin".formatted(other)))), other);
    }
    refused(() -> read(FIXTURES.resolve("other-three.bin")), "1, all same");
  }

  /** Whatever is missing at the end, and whatever follows it. */
  @ParameterizedTest
  @ValueSource(strings = {"2", "3", "4", "5", "python2"})
  void refusesAListThatIsCutAnywhere(String written) throws IOException {
    byte[] whole = Files.readAllBytes(FIXTURES.resolve("small-%s.bin".formatted(written)));
    for (int length = 0; length < whole.length; length++) {
      Path cut = file(Arrays.copyOf(whole, length));
      refused(() -> read(cut), " at byte ");
    }
    Path longer = file(Arrays.copyOf(whole, whole.length + 1));
    refused(() -> read(longer), "nothing after it, found more at byte " + (whole.length - 1));
  }

  /**
   * A damaged byte is refused in one line, or changes images or labels, but nothing else happens.
   */
  @ParameterizedTest
  @ValueSource(strings = {"2", "3", "4", "5", "python2"})
  void damageIsRefusedOrHarmless(String written) throws IOException {
    byte[] whole = Files.readAllBytes(FIXTURES.resolve("small-%s.bin".formatted(written)));
    Random random = new Random(7);
    int refused = 0;
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 + random.nextInt(255));
      Path file = file(damaged);
      try {
        PairList list = read(file);
        assertEquals(4, list.pairs().size());
      } catch (InvalidInputException e) {
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        assertTrue(e.getMessage().contains("list.bin"), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > 30 && refused < whole.length, refused + " of " + whole.length);
  }

  /** Random opcodes, mostly known ones, so that many get some way. */
  @Test
  void randomProgramsAreRefused() throws IOException {
    Random random = new Random(3);
    for (int i = 0; i < 5_000; i++) {
      byte[] program = new byte[2 + random.nextInt(40)];
      random.nextBytes(program);
      program[0] = (byte) 0x80;
      program[1] = (byte) (2 + random.nextInt(4));
      for (int at = 2; at < program.length; at++) {
        if (random.nextInt(4) > 0) {
          program[at] =
              (byte)
                  "()]telaqhURKXJ\u0085\u0086\u0087\u0088\u0089\u0094.".charAt(random.nextInt(21));
        }
      }
      Path file = file(program);
      refused(() -> read(file), "list.bin");
    }
  }

  private byte[] pickle(int protocol, Object... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x80);
    out.write(protocol);
    for (Object part : parts) {
      if (part instanceof Integer code) {
        out.write(code);
      } else {
        out.writeBytes(((String) part).getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    return out.toByteArray();
  }

  /** Every byte that is no opcode of a list of pairs, by its name and its place. */
  @Test
  void refusesEveryOtherOpcodeByNameAndPlace() throws IOException {
    for (int code = 0; code < 256; code++) {
      PickleOpcode opcode = PickleOpcode.of(code);
      Path file = file(pickle(4, "]", code, "        "));
      if (opcode == null) {
        refused(() -> read(file), "byte " + code + " at byte 3");
      } else if (!READ.contains(opcode)) {
        refused(() -> read(file), "opcode " + opcode + " at byte 3");
      }
    }
    assertEquals(33, READ.size());
    assertEquals(68, PickleOpcode.values().length, "as pickletools lists them");
  }

  @Test
  void runsNothing() throws IOException {
    Path proof = dir.resolve("proof");
    String command = "touch " + proof;
    byte[][] hostile = {
      pickle(2, "cos\nsystem\n(X", command.length(), 0, 0, 0, command, "tR."),
      pickle(
          4, 0x8c, 2, "os", 0x8c, 6, "system", 0x93, 0x8c, command.length(), command, 0x85, "R."),
      pickle(2, "c__builtin__\neval\n(U", 3, "1+1tR."),
      pickle(4, 0x8c, 7, "_codecs", 0x8c, 6, "decode", 0x93, "."),
      pickle(2, "c_codecs\nencode\n", "X", 1, 0, 0, 0, "x", "X", 5, 0, 0, 0, "utf-8", 0x86, "R."),
      pickle(2, "c_codecs\nencode\n", "X", 1, 0, 0, 0, "x", 0x85, "R."),
      pickle(2, "c_codecs\nencode\n", "c_codecs\nencode\n", 0x85, "R."),
      pickle(2, "]]", "R."),
    };
    String[] said = {
      "global os.system at byte 2", "global os.system at byte 14",
          "global __builtin__.eval at byte 2",
      "global _codecs.decode at byte 19", "another call at byte 35", "another call at byte 25",
      "another call at byte 35", "another call at byte 4"
    };
    for (int i = 0; i < hostile.length; i++) {
      Path file = file(hostile[i]);
      refused(() -> read(file), said[i]);
    }
    assertTrue(Files.notExists(proof));
    Path numpy = file(pickle(2, "]cnumpy.core.multiarray\nscalar\n"));
    refused(() -> read(numpy), "global numpy.core.multiarray.scalar at byte 3");
    refused(() -> read(numpy), "turn NumPy's values into Python's");
  }

  /** Content is never taken to be longer than the file, whatever the length says. */
  @Test
  void refusesLengthsBeyondTheFile() throws IOException {
    int[] codes = {'U', 'C', 0x8c, 'T', 'B', 'X', 0x8e, 0x8d, 0x95};
    for (int code : codes) {
      int bytes = code == 'U' || code == 'C' || code == 0x8c ? 1 : code > 0x8c ? 8 : 4;
      for (long length : new long[] {6, 0x7f, 0xff, 0x7fffffff, 0xffffffffL, Long.MAX_VALUE, -1}) {
        byte[] said = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
        String cut = new String(said, 0, bytes, StandardCharsets.ISO_8859_1);
        Path file = file(pickle(4, code, cut, "12345"));
        refused(() -> read(file), "where 5 are left at byte 2");
      }
    }
  }

  /** Small files that make many values are refused before the values fill the memory. */
  @Test
  void refusesMoreValuesThanAListCanHave() throws IOException {
    for (int code : new int[] {'(', ']', ')', 0x88}) {
      byte[] many = new byte[3_500_000];
      Arrays.fill(many, (byte) code);
      many[0] = (byte) 0x80;
      many[1] = 4;
      Path file = file(many);
      refused(() -> read(file), "at most 3000000 opcodes");
    }
    // A list in itself.
    Path itself = file(pickle(2, "]q", 0, "h", 0, "ah", 0, 0x86, "."));
    refused(() -> read(itself), "another value at 0 of the first list");
  }

  @Test
  void refusesOtherPickles() throws IOException {
    Path file = dir.resolve("list.bin");
    String[][] others = {
      {"(lp0\nI01\na.", "protocol 2 to 5"},
      {"\u0080\u0001.", "protocol 1"},
      {"\u0080\u0006.", "protocol 6"},
      {"\u0080\u0002].", "two lists"},
      {"\u0080\u0002]]]\u0087.", "two lists"},
      {"\u0080\u0002]\u0088\u0086.", "two lists"},
      {"\u0080\u0002]]\u0086.", "pairs, found none"},
      {"\u0080\u0002](U\u0001aU\u0001be](\u0088\u0089e\u0086.", "2 images and 2 booleans"},
      {"\u0080\u0002](U\u0001aU\u0001bU\u0001cU\u0001de](\u0088\u0088e\u0086.", "2, all same"},
      {"\u0080\u0002](U\u0001aU\u0001bU\u0001cU\u0001de](\u0089\u0089e\u0086.", "2, all different"},
      {
        "\u0080\u0002](U\u0001aU\u0001bU\u0001cU\u0001de](\u0088K\u0002e\u0086.",
        "value at 1 of the second"
      },
      {
        "\u0080\u0002](U\u0001aU\u0001bU\u0001c\u0088e](\u0088\u0089e\u0086.",
        "value at 3 of the first"
      },
    };
    for (String[] other : others) {
      Files.write(file, other[0].getBytes(StandardCharsets.ISO_8859_1));
      refused(() -> read(file), other[1]);
    }
    Files.delete(file);
    refused(() -> read(file), "no such file");
    Files.createDirectory(file);
    refused(() -> read(file), "a folder");
  }

  /** Equal bytes are one image: pairs that share it are of one subject. */
  @Test
  void pairsThatRepeatAnImageAreJoined() throws IOException {
    // a-b same, a'-c same, d-e same, b'-d different, a-b once more, f-f, g-g said to be different.
    String images = "abacdebdabffgg";
    StringBuilder text = new StringBuilder("\u0080\u0003](");
    images.chars().forEach(image -> text.append("C\u0001").append((char) image));
    text.append("e](\u0088\u0088\u0088\u0089\u0088\u0088\u0089e\u0086.");
    Path file = file(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    List<String> said = new ArrayList<>();
    PairList list = PairFormat.read(file, null, null, said::add);
    assertEquals(4, list.media().listing().classNames().size());
    assertArrayEquals(new int[] {0, 0, 0, 1, 1, 2, 3}, list.pairs().subjects());
    assertEquals(2, list.pairs().ofOneTemplate());
    assertEquals(
        List.of(
            "7 images have the bytes of others, and count as these",
            "2 pairs are of one image or template with itself: pair 5, 6",
            "1 of these are said to be of two subjects: pair 6",
            "1 pairs were there before: pair 4"),
        list.remarks());
    assertEquals(4, said.size());
  }
}
