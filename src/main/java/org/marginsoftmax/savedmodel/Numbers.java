package org.marginsoftmax.savedmodel;

import java.util.Arrays;
import org.marginsoftmax.InvalidInputException;

/**
 * An array of numbers in float64, whatever type they are read from or converted to. That is exact
 * for all number types that models take, integers up to 2^53 included.
 *
 * @param shape sizes, outermost first; empty for a scalar
 * @param values in C order
 */
public record Numbers(int[] shape, double[] values) {
  /**
   * @throws InvalidInputException if the number of values does not match the shape
   */
  public Numbers {
    long size = 1;
    for (int n : shape) {
      size = Math.multiplyExact(size, n);
    }
    if (size != values.length) {
      throw new InvalidInputException(
          "numbers: expected %d values for shape %s, found %d; give as many"
              .formatted(size, Arrays.toString(shape), values.length));
    }
  }

  /**
   * An array from rows of equal length, [N, D].
   *
   * @throws InvalidInputException if the lengths differ
   */
  public static Numbers of(float[][] rows) {
    int width = rows.length == 0 ? 0 : rows[0].length;
    double[] values = new double[Math.multiplyExact(rows.length, width)];
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != width) {
        throw new InvalidInputException(
            "numbers: expected rows of %d values, found %d in row %d; make them equally long"
                .formatted(width, rows[i].length, i));
      }
      for (int j = 0; j < width; j++) {
        values[i * width + j] = rows[i][j];
      }
    }
    return new Numbers(new int[] {rows.length, width}, values);
  }

  /** Number of rows, which is the outermost size; 1 for a scalar. */
  public int rows() {
    return shape.length == 0 ? 1 : shape[0];
  }

  /** Number of values in one row. */
  int rowSize() {
    return rows() == 0 ? 0 : values.length / rows();
  }

  /** The rows from {@code from}, inclusive, to {@code to}, exclusive. */
  public Numbers rows(int from, int to) {
    int[] sizes = shape.clone();
    sizes[0] = to - from;
    return new Numbers(sizes, Arrays.copyOfRange(values, from * rowSize(), to * rowSize()));
  }

  /** Pads the array to a number of rows with copies of the first row. */
  Numbers padded(int rows) {
    int[] sizes = shape.clone();
    sizes[0] = rows;
    double[] padded = Arrays.copyOf(values, Math.multiplyExact(rows, rowSize()));
    for (int i = rows(); i < rows; i++) {
      System.arraycopy(values, 0, padded, i * rowSize(), rowSize());
    }
    return new Numbers(sizes, padded);
  }

  /** The rows as float32, each flattened if the array has more than two dimensions. */
  public float[][] toRows() {
    float[][] rows = new float[rows()][rowSize()];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] = (float) values[i * rows[i].length + j];
      }
    }
    return rows;
  }
}
