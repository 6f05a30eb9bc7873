package org.marginsoftmax.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of contents, and of what is derived from contents already hashed. */
public final class Sha256 {
  private static final int BLOCK = 4096;

  private Sha256() {}

  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The hash of texts, each preceded by its length, so that no two lists hash alike. */
  public static String of(Iterable<String> texts) {
    MessageDigest digest = digest();
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
      digest.update(bytes);
    }
    return hex(digest);
  }

  /** The hash of a parent's hash and what was chosen or changed in it. */
  static String derived(String parent, String operation, int[] values) {
    MessageDigest digest = digest();
    digest.update((parent + ' ' + operation + ' ').getBytes(StandardCharsets.UTF_8));
    update(digest, values);
    return hex(digest);
  }

  /** Adds integers as big-endian bytes. */
  static void update(MessageDigest digest, int[] values) {
    ByteBuffer block = ByteBuffer.allocate(BLOCK * Integer.BYTES);
    for (int from = 0; from < values.length; from += BLOCK) {
      int count = Math.min(BLOCK, values.length - from);
      block.clear();
      block.asIntBuffer().put(values, from, count);
      digest.update(block.array(), 0, count * Integer.BYTES);
    }
  }
}
