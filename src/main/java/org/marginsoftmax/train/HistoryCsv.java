package org.marginsoftmax.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.FileTrouble;

/**
 * Writes {@code history.csv}, with one row per step; the last row of an epoch has the figures of
 * its validation, each in a column such as {@code validation_accuracy}.
 */
public final class HistoryCsv implements TrainingListener {
  private static final String STEP =
      "step,epoch,loss,accuracy,target_angle,feature_norm,center_norm,learning_rate,margin_strength,"
          + "scale_share";
  private static final int CELLS = STEP.split(",").length;
  private static final String VALIDATION = "validation_";

  private final Path file;
  private final List<String> figures;
  private final BufferedWriter out;
  // Held back until the next step or the end of the epoch, whose validation belongs to it.
  private Row pending;

  /**
   * One row of the file.
   *
   * @param step the step
   * @param validation figures of the validation samples by name; empty if the step does not end an
   *     epoch or there are no such samples
   */
  public record Row(Step step, Map<String, Double> validation) {
    /** Validation accuracy, 0..1; null if there is none. */
    public Double validationAccuracy() {
      return validation.get(ValidationFigure.ACCURACY.name());
    }
  }

  private HistoryCsv(Path file, List<String> figures) throws IOException {
    this.file = file;
    this.figures = figures;
    out = Files.newBufferedWriter(file, StandardOpenOption.APPEND);
  }

  /**
   * Opens the file of a run whose best checkpoint is chosen by accuracy; see {@link #open(Path,
   * long, List)}.
   */
  public static HistoryCsv open(Path file, long step) {
    return open(file, step, List.of(ValidationFigure.ACCURACY));
  }

  /**
   * Opens the file, keeping the rows up to a step. Rows of later steps, which will be taken again,
   * are dropped, and so is an incomplete last line.
   *
   * @param validated {@link Validation#figures}, each of which has a column
   */
  public static HistoryCsv open(Path file, long step, List<ValidationFigure> validated) {
    List<String> figures = validated.stream().map(ValidationFigure::name).toList();
    List<String> kept = new ArrayList<>();
    kept.add(
        figures.stream().map(VALIDATION::concat).collect(Collectors.joining(",", STEP + ",", "")));
    for (Row row : read(file)) {
      if (row.step().step() <= step) {
        kept.add(line(row, figures));
      }
    }
    AtomicFile.write(file, kept);
    try {
      return new HistoryCsv(file, figures);
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
      List<String> lines = Files.readAllLines(file);
      String[] header = lines.isEmpty() ? new String[0] : lines.get(0).split(",");
      List<Row> rows = new ArrayList<>();
      for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
        String[] cells = line.split(",", -1);
        if (cells.length == header.length) {
          rows.add(new Row(step(cells), validation(header, cells)));
        }
      }
      return rows;
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  private static Step step(String[] cells) {
    return new Step(
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
        Double.parseDouble(cells[9]));
  }

  private static Map<String, Double> validation(String[] header, String[] cells) {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (int i = CELLS; i < cells.length; i++) {
      if (!cells[i].isEmpty()) {
        figures.put(header[i].substring(VALIDATION.length()), Double.valueOf(cells[i]));
      }
    }
    return figures;
  }

  @Override
  public void step(Step step) {
    flush();
    pending = new Row(step, Map.of());
  }

  @Override
  public void epoch(Epoch epoch) {
    pending = new Row(pending.step(), epoch.validation());
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
      out.write(line(pending, figures));
      out.newLine();
      out.flush();
      pending = null;
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  private static String line(Row row, List<String> figures) {
    Step s = row.step();
    String step =
        String.format(
            Locale.ROOT,
            "%d,%d,%.6g,%.6f,%.4f,%.6g,%.6g,%.6g,%.6f,%.6f",
            s.step(),
            s.epoch(),
            s.loss(),
            s.accuracy(),
            s.seen().targetAngle(),
            s.seen().featureNorm(),
            s.seen().centerNorm(),
            s.learningRate(),
            s.marginStrength(),
            s.scaleShare());
    return figures.stream()
        .map(row.validation()::get)
        .map(value -> value == null ? "" : String.format(Locale.ROOT, "%.6f", value))
        .collect(Collectors.joining(",", step + ",", ""));
  }
}
