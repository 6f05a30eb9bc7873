package org.marginsoftmax.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.FileTrouble;

/**
 * Writes {@code history.csv}, with one row per step; the last row of an epoch has its validation
 * accuracy.
 */
public final class HistoryCsv implements TrainingListener {
  private static final String HEADER =
      "step,epoch,loss,accuracy,target_angle,feature_norm,center_norm,learning_rate,margin_strength,"
          + "scale_share,validation_accuracy";

  private final Path file;
  private final BufferedWriter out;
  // Held back until the next step or the end of the epoch, whose validation belongs to it.
  private Row pending;

  /**
   * One row of the file.
   *
   * @param step the step
   * @param validationAccuracy validation accuracy, 0..1; null if the step does not end an epoch or
   *     there are no validation samples
   */
  public record Row(Step step, Double validationAccuracy) {}

  private HistoryCsv(Path file) throws IOException {
    this.file = file;
    out = Files.newBufferedWriter(file, StandardOpenOption.APPEND);
  }

  /**
   * Opens the file, keeping the rows up to a step. Rows of later steps, which will be taken again,
   * are dropped, and so is an incomplete last line.
   */
  public static HistoryCsv open(Path file, long step) {
    List<String> kept = new ArrayList<>(List.of(HEADER));
    for (Row row : read(file)) {
      if (row.step().step() <= step) {
        kept.add(line(row));
      }
    }
    AtomicFile.write(file, kept);
    try {
      return new HistoryCsv(file);
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  /** Reads the rows of a file; returns none if it does not exist. */
  public static List<Row> read(Path file) {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      List<Row> rows = new ArrayList<>();
      for (String line : Files.readAllLines(file)) {
        String[] cells = line.split(",", -1);
        if (cells.length == 11 && !line.equals(HEADER)) {
          rows.add(
              new Row(
                  new Step(
                      Long.parseLong(cells[0]),
                      Integer.parseInt(cells[1]),
                      new StepResult(
                          Double.parseDouble(cells[2]),
                          Double.parseDouble(cells[3]),
                          Double.parseDouble(cells[4]),
                          Double.parseDouble(cells[5]),
                          Double.parseDouble(cells[6]),
                          Double.NaN),
                      Double.parseDouble(cells[7]),
                      Double.parseDouble(cells[8]),
                      Double.parseDouble(cells[9])),
                  cells[10].isEmpty() ? null : Double.valueOf(cells[10])));
        }
      }
      return rows;
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  @Override
  public void step(Step step) {
    flush();
    pending = new Row(step, null);
  }

  @Override
  public void epoch(Epoch epoch) {
    pending = new Row(pending.step(), epoch.validationAccuracy());
    flush();
  }

  @Override
  public void close() {
    try (out) {
      flush();
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  private void flush() {
    if (pending == null) {
      return;
    }
    try {
      out.write(line(pending));
      out.newLine();
      out.flush();
      pending = null;
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  private static String line(Row row) {
    Step s = row.step();
    String validation =
        row.validationAccuracy() == null
            ? ""
            : String.format(Locale.ROOT, "%.6f", row.validationAccuracy());
    return String.format(
        Locale.ROOT,
        "%d,%d,%.6g,%.6f,%.4f,%.6g,%.6g,%.6g,%.6f,%.6f,%s",
        s.step(),
        s.epoch(),
        s.loss(),
        s.accuracy(),
        s.seen().targetAngle(),
        s.seen().featureNorm(),
        s.seen().centerNorm(),
        s.learningRate(),
        s.marginStrength(),
        s.scaleShare(),
        validation);
  }
}
