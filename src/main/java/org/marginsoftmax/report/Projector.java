package org.marginsoftmax.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.FileTrouble;

/**
 * Embeddings for TensorBoard's projector: {@code projector_config.pbtxt} in the folder of the
 * events, and what it names in {@code projector/}: the embeddings, what is known of each sample,
 * and a sheet of their images.
 *
 * @param name of the embeddings in TensorBoard
 * @param embeddings [n][D], n at least 1
 * @param columns names of what is known of each sample, at least two: with a single one TensorBoard
 *     would take the name for a sample
 * @param rows texts of each sample, as many as columns
 * @param thumbnails images of the samples, in the same order; null for none
 */
public record Projector(
    String name,
    float[][] embeddings,
    List<String> columns,
    List<List<String>> rows,
    Thumbnails thumbnails) {
  /** Samples of which TensorBoard's t-SNE and UMAP still take all. */
  public static final int MOST = 10_000;

  private static final String FOLDER = "projector";

  /** Writes the files; the one that names the others is written last. */
  public void write(Path run) {
    Path folder = run.resolve(FOLDER);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileTrouble.with(folder, e);
    }
    AtomicFile.write(folder.resolve("embeddings.bytes"), out -> out.write(numbers()));
    AtomicFile.write(folder.resolve("samples.tsv"), lines());
    StringBuilder config =
        new StringBuilder("embeddings {\n")
            .append("  tensor_name: \"%s\"\n".formatted(name))
            .append("  tensor_path: \"%s/embeddings.bytes\"\n".formatted(FOLDER))
            .append("  tensor_shape: %d\n".formatted(embeddings.length))
            .append("  tensor_shape: %d\n".formatted(embeddings[0].length))
            .append("  metadata_path: \"%s/samples.tsv\"\n".formatted(FOLDER));
    if (thumbnails != null) {
      Thumbnails.Sheet sheet = thumbnails.square();
      AtomicFile.write(
          folder.resolve("images.png"), out -> ImageIO.write(sheet.image(), "png", out));
      config
          .append("  sprite {\n")
          .append("    image_path: \"%s/images.png\"\n".formatted(FOLDER))
          .append("    single_image_dim: %d\n".formatted(sheet.width()))
          .append("    single_image_dim: %d\n".formatted(sheet.height()))
          .append("  }\n");
    }
    AtomicFile.write(run.resolve("projector_config.pbtxt"), List.of(config.append("}").toString()));
  }

  /**
   * The numbers, float32, little-endian. TensorBoard reads a file as TSV first, and as numbers only
   * if it meets bytes that are no UTF-8. The very first is made one that never is, 0xFF, which
   * changes the first number by 3e-5 of itself at most.
   */
  private byte[] numbers() {
    ByteBuffer bytes =
        ByteBuffer.allocate(
                Math.multiplyExact(embeddings.length * Float.BYTES, embeddings[0].length))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : embeddings) {
      bytes.asFloatBuffer().put(row);
      bytes.position(bytes.position() + row.length * Float.BYTES);
    }
    return bytes.put(0, (byte) 0xff).array();
  }

  private List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(line(columns));
    rows.forEach(row -> lines.add(line(row)));
    return lines;
  }

  private static String line(List<String> cells) {
    return String.join("\t", cells.stream().map(Projector::escaped).toList());
  }

  /** Text without what would end a cell or a line, as in the TSV of PostgreSQL. */
  private static String escaped(String text) {
    return text.replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r");
  }
}
