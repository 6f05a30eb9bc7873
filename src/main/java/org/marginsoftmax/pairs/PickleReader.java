package org.marginsoftmax.pairs;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.source.SeekingInput;

/**
 * Reads pickles of lists, tuples, bytes, booleans and integers, protocols 2 to 5, as data.
 *
 * <p>A pickle is a program, and a general reader of pickles runs whatever functions it names. This
 * one knows the opcodes that write such values and no others, and runs nothing. The one global that
 * it accepts, {@code _codecs.encode} of a text to {@code latin1}, is how protocol 2 of Python 3
 * writes bytes. Bytes stay where they are: a value is their place in the file. Their number is
 * limited, because a value may take more memory than the byte that makes it.
 */
final class PickleReader {
  /** Most opcodes; each makes a value at most. A pair takes five or seven of them. */
  private static final int MOST_OPCODES = 3_000_000;

  private static final int LONGEST_NAME = 100;
  private static final String WRITE_AGAIN =
      "write pickle.dump(([bytes of each image], [bool of each pair]), file)";

  private static final Object MARK = new Object();

  /** A text that lies in the file, as UTF-8. */
  private record Text(long offset, int length) {}

  /** A function that the pickle names. */
  private record Global(String module, String name) {}

  /** A tuple; a list is a {@link List} itself. */
  private record Tuple(List<Object> values) {}

  private final Path file;
  private final SeekingInput in;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private int opcodes;

  /** Where the current opcode stands. */
  private long at;

  private PickleOpcode opcode;

  private PickleReader(Path file, SeekingInput in) {
    this.file = file;
    this.in = in;
  }

  /**
   * Reads a pickle of two sequences.
   *
   * @return the sequences; of {@link PickledImage}, {@link Boolean}, {@link Integer} and others
   * @throws InvalidInputException if it is another, is damaged, or contains anything else; with the
   *     byte where that is
   */
  static List<List<?>> read(Path file) {
    try (SeekingInput in = new SeekingInput(file)) {
      PickleReader reader = new PickleReader(file, in);
      try {
        return reader.two(reader.run());
      } catch (EOFException e) {
        throw reader.refused("a whole pickle", "one whose end is missing", "bring a whole copy");
      }
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable pickle", FileTrouble.said(e), file, "check the path and its rights", e);
    }
  }

  private List<List<?>> two(Object top) {
    List<?> both = sequence(top);
    List<?> first = both == null || both.size() != 2 ? null : sequence(both.get(0));
    List<?> second = first == null ? null : sequence(both.get(1));
    if (second == null) {
      throw refused("a pickle of two lists, of images and of booleans", "another", WRITE_AGAIN);
    }
    return List.of(first, second);
  }

  private static List<?> sequence(Object value) {
    return value instanceof Tuple tuple
        ? tuple.values
        : value instanceof List<?> list ? list : null;
  }

  private Object run() throws IOException {
    if (in.size() == 0 || PickleOpcode.of(in.read()) != PickleOpcode.PROTO) {
      throw refused("a pickle of protocol 2 to 5", "something else", WRITE_AGAIN);
    }
    int protocol = unsigned(1);
    if (protocol < 2 || protocol > 5) {
      throw refused("a pickle of protocol 2 to 5", "protocol " + protocol, WRITE_AGAIN);
    }
    while (true) {
      at = in.position();
      int code = unsigned(1);
      opcode = PickleOpcode.of(code);
      if (opcode == null) {
        throw refused("an opcode of pickles", "byte " + code, "bring a whole copy");
      }
      if (opcode == PickleOpcode.STOP) {
        Object top = pop();
        if (!stack.isEmpty() || in.position() != in.size()) {
          throw refused("one value and nothing after it", "more", "bring a whole copy");
        }
        return top;
      }
      step();
      if (++opcodes > MOST_OPCODES) {
        throw refused("at most %d opcodes".formatted(MOST_OPCODES), "more", "divide the list");
      }
    }
  }

  private void step() throws IOException {
    switch (opcode) {
      case FRAME -> length(8, Long.MAX_VALUE);
      case MARK -> stack.add(MARK);
      case EMPTY_LIST -> stack.add(new ArrayList<>(0));
      case LIST -> stack.add(popToMark());
      case APPEND -> {
        Object value = pop();
        list().add(value);
      }
      case APPENDS -> {
        List<Object> added = popToMark();
        list().addAll(added);
      }
      case EMPTY_TUPLE -> stack.add(new Tuple(List.of()));
      case TUPLE -> stack.add(new Tuple(popToMark()));
      case TUPLE1 -> stack.add(new Tuple(pop(1)));
      case TUPLE2 -> stack.add(new Tuple(pop(2)));
      case TUPLE3 -> stack.add(new Tuple(pop(3)));
      case NEWTRUE -> stack.add(true);
      case NEWFALSE -> stack.add(false);
      case BININT1 -> stack.add(unsigned(1));
      case BININT2 -> stack.add(unsigned(2));
      case BININT -> stack.add(in.bytes(4).getInt());
      case SHORT_BINSTRING, SHORT_BINBYTES -> bytes(1);
      case BINSTRING, BINBYTES -> bytes(4);
      case BINBYTES8 -> bytes(8);
      case SHORT_BINUNICODE -> text(1);
      case BINUNICODE -> text(4);
      case BINUNICODE8 -> text(8);
      case BINPUT -> memo.put(unsigned(1), top());
      case LONG_BINPUT -> memo.put(in.bytes(4).getInt(), top());
      case MEMOIZE -> memo.put(memo.size(), top());
      case BINGET -> stack.add(remembered(unsigned(1)));
      case LONG_BINGET -> stack.add(remembered(in.bytes(4).getInt()));
      case GLOBAL -> stack.add(global(line(), line()));
      case STACK_GLOBAL -> {
        List<Object> names = pop(2);
        stack.add(global(name(names.get(0)), name(names.get(1))));
      }
      case REDUCE -> reduce();
      default -> throw refused("images and booleans alone", "opcode " + opcode, WRITE_AGAIN);
    }
  }

  /** The number that the next bytes are, which are at most 2. */
  private int unsigned(int bytes) throws IOException {
    return bytes == 1 ? in.bytes(1).get() & 0xff : in.bytes(2).getShort() & 0xffff;
  }

  /** A length of 1, 4 or 8 bytes, of content that follows and is in the file. */
  private long length(int bytes, long most) throws IOException {
    long length =
        switch (bytes) {
          case 1 -> unsigned(1);
          case 4 -> in.bytes(4).getInt() & 0xffffffffL;
          default -> in.bytes(8).getLong();
        };
    long left = in.size() - in.position();
    if (length < 0 || length > left) {
      throw refused(
          "content that the file has",
          "%s bytes where %d are left".formatted(Long.toUnsignedString(length), left),
          "bring a whole copy");
    }
    if (length > most) {
      throw refused("images below 2 GB", length + " bytes", "take it away");
    }
    return length;
  }

  private void bytes(int bytesOfLength) throws IOException {
    int length = (int) length(bytesOfLength, Integer.MAX_VALUE - 8);
    stack.add(new PickledImage(in.position(), length, false));
    in.seek(in.position() + length);
  }

  private void text(int bytesOfLength) throws IOException {
    int length = (int) length(bytesOfLength, Integer.MAX_VALUE - 8);
    stack.add(new Text(in.position(), length));
    in.seek(in.position() + length);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = unsigned(1); c != '\n'; c = unsigned(1)) {
      if (line.length() == LONGEST_NAME) {
        throw refused("names of globals", "longer ones", WRITE_AGAIN);
      }
      line.append((char) c);
    }
    return line.toString();
  }

  /** A short text; others are cut off, which no accepted name is. */
  private String name(Object value) throws IOException {
    if (!(value instanceof Text text)) {
      throw refused("images and booleans alone", "a global without a name", WRITE_AGAIN);
    }
    int length = Math.min(text.length, LONGEST_NAME);
    return new String(
        SeekingInput.read(file, text.offset, length).array(), StandardCharsets.ISO_8859_1);
  }

  private Global global(String module, String name) {
    Global global = new Global(module, name);
    if (global.equals(new Global("_codecs", "encode"))) {
      return global;
    }
    throw refused(
        "images and booleans alone",
        // Control characters would change the terminal that shows them.
        "global %s.%s".formatted(module, name).replaceAll("[^!-~ ]", "?"),
        module.startsWith("numpy")
            ? "turn NumPy's values into Python's: bytes(image), bool(same)"
            : WRITE_AGAIN + "; nothing of it was run");
  }

  /**
   * The call of {@code _codecs.encode(text, 'latin1')}: the bytes that the text's characters are.
   */
  private void reduce() throws IOException {
    List<Object> call = pop(2);
    List<Object> arguments = call.get(1) instanceof Tuple tuple ? tuple.values : List.of();
    // No other global is ever on the stack.
    if (!(call.get(0) instanceof Global)
        || arguments.size() != 2
        || !(arguments.get(0) instanceof Text text)
        || !name(arguments.get(1)).equals("latin1")) {
      throw refused("images and booleans alone", "another call", WRITE_AGAIN);
    }
    stack.add(new PickledImage(text.offset, text.length, true));
  }

  private Object pop() {
    Object value = top();
    stack.remove(stack.size() - 1);
    return value;
  }

  /** The values on top, the lowest first. */
  private List<Object> pop(int count) {
    int from = stack.size() - count;
    if (from < 0 || stack.subList(from, stack.size()).contains(MARK)) {
      throw damaged();
    }
    return popFrom(from);
  }

  private List<Object> popFrom(int from) {
    List<Object> above = stack.subList(from, stack.size());
    List<Object> popped = new ArrayList<>(above);
    above.clear();
    return popped;
  }

  private Object top() {
    Object top = stack.isEmpty() ? MARK : stack.get(stack.size() - 1);
    if (top == MARK) {
      throw damaged();
    }
    return top;
  }

  private List<Object> popToMark() {
    int mark = stack.lastIndexOf(MARK);
    if (mark < 0) {
      throw damaged();
    }
    List<Object> popped = popFrom(mark + 1);
    stack.remove(mark);
    return popped;
  }

  @SuppressWarnings("unchecked")
  private List<Object> list() {
    if (top() instanceof List<?> list) {
      return (List<Object>) list;
    }
    throw damaged();
  }

  private Object remembered(int number) {
    Object value = memo.get(number);
    if (value == null) {
      throw damaged();
    }
    return value;
  }

  private InvalidInputException damaged() {
    return refused("a value for every opcode", "none for " + opcode, "bring a whole copy");
  }

  private InvalidInputException refused(String expected, String found, String remedy) {
    return new InvalidInputException(expected, found + " at byte " + at, file, remedy);
  }
}
