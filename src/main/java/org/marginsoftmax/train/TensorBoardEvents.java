package org.marginsoftmax.train;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.marginsoftmax.FileTrouble;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/**
 * Writes an {@code events.*} file for TensorBoard: TFRecords of {@code Event}, each with its length
 * and masked CRC-32C. TensorFlow's summary operations are not used because they need a graph and a
 * session. A resumed run writes another file, as TensorFlow does.
 */
public final class TensorBoardEvents implements TrainingListener {
  /** Steps between two points of a curve. */
  private static final int EVERY = 10;

  private final Path file;
  private final OutputStream out;

  private TensorBoardEvents(Path file) throws IOException {
    this.file = file;
    out = Files.newOutputStream(file);
  }

  /** Creates a new file in a folder. */
  public static TensorBoardEvents open(Path folder) {
    try {
      String name =
          "events.out.tfevents.%d.%s.%d"
              .formatted(
                  System.currentTimeMillis() / 1000,
                  InetAddress.getLoopbackAddress().getHostName(),
                  ProcessHandle.current().pid());
      TensorBoardEvents events = new TensorBoardEvents(folder.resolve(name));
      events.write(Event.newBuilder().setFileVersion("brain.Event:2"));
      return events;
    } catch (IOException e) {
      throw FileTrouble.with(folder, e);
    }
  }

  @Override
  public void step(Step step) {
    if (step.step() % EVERY == 0) {
      write(
          Event.newBuilder()
              .setStep(step.step())
              .setSummary(
                  Summary.newBuilder()
                      .addValue(scalar("train/loss", step.loss()))
                      .addValue(scalar("train/accuracy", step.accuracy()))
                      .addValue(scalar("train/target_angle", step.seen().targetAngle()))
                      .addValue(scalar("train/feature_norm", step.seen().featureNorm()))
                      .addValue(scalar("train/center_norm", step.seen().centerNorm()))
                      .addValue(scalar("train/learning_rate", step.learningRate()))
                      .addValue(scalar("train/margin_strength", step.marginStrength()))));
    }
  }

  @Override
  public void epoch(Epoch epoch) {
    Summary.Builder values =
        Summary.newBuilder().addValue(scalar("data/waited_share", epoch.waitedShare()));
    epoch
        .validation()
        .forEach((name, value) -> values.addValue(scalar("validation/" + name, value)));
    write(Event.newBuilder().setStep(epoch.step()).setSummary(values));
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  private static Summary.Value scalar(String tag, double value) {
    return Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value).build();
  }

  private void write(Event.Builder event) {
    byte[] data = event.setWallTime(System.currentTimeMillis() / 1e3).build().toByteArray();
    byte[] length =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length).array();
    ByteBuffer record =
        ByteBuffer.allocate(length.length + data.length + 2 * Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(length)
            .putInt(maskedCrc(length))
            .put(data)
            .putInt(maskedCrc(data));
    try {
      out.write(record.array());
      out.flush();
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  /** TFRecord's mask: rotated right by 15 bits, plus a constant. */
  private static int maskedCrc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }
}
