package org.marginsoftmax.savedmodel;

/**
 * A tensor of the main graph by name, {@code node:2}.
 *
 * @param node that it comes from
 * @param output its number; -1 where the text names the operation only
 */
record TensorName(String node, int output) {
  static TensorName parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      return new TensorName(text, -1);
    }
    String number = text.substring(colon + 1);
    return number.matches("\\d{1,9}")
        ? new TensorName(text.substring(0, colon), Integer.parseInt(number))
        : new TensorName(text, -1);
  }
}
