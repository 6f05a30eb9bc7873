package org.marginsoftmax.spark;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Embeds one part in an executor. What it writes depends on the part alone, so it may run any
 * number of times.
 *
 * @param done counts the images of parts that are done
 */
record PartTask(
    SharedModel model,
    Output output,
    SerializableConfiguration hadoop,
    boolean skipMissing,
    LongAccumulator done)
    implements VoidFunction<byte[]> {
  @Override
  public void call(byte[] written) throws IOException {
    Part part = part(written);
    Configuration input = hadoop.value();
    Configuration plain = Output.configuration(input);
    if (!output.isDone(part, plain)) {
      embed(part, input, plain);
    }
    done.add(part.images());
  }

  private void embed(Part part, Configuration input, Configuration plain) throws IOException {
    PartFile failures = null;
    int rows = 0;
    try (Part.Images images = part.open(input);
        PartFile embeddings = output.embeddings(part, plain)) {
      Iterator<Embedded<Part.NamedContent>> all =
          Embedded.all(images, Part.NamedContent::content, ExecutorModel.of(model), skipMissing);
      while (all.hasNext()) {
        Embedded<Part.NamedContent> each = all.next();
        rows++;
        Embedded<String> row = new Embedded<>(each.item().name(), each.vector(), each.failure());
        if (each.failure() == null) {
          embeddings.write(row);
        } else {
          failures = failures == null ? output.failures(part, plain) : failures;
          failures.write(row);
        }
      }
      if (rows != part.images()) {
        throw new IllegalStateException(
            "part %d: %d images, embedded %d".formatted(part.number(), part.images(), rows));
      }
      // First: the part is done once its embeddings are there.
      if (failures != null) {
        failures.commit();
      }
      embeddings.commit();
    } finally {
      if (failures != null) {
        failures.close();
      }
    }
  }

  /** A part as bytes: Kryo, which a user may have chosen, does not read records. */
  static byte[] bytes(Part part) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(part);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static Part part(byte[] written) throws IOException {
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(written)) {
          @Override
          protected Class<?> resolveClass(java.io.ObjectStreamClass type)
              throws ClassNotFoundException {
            // That of the job's jar, not the first on the stack.
            return Class.forName(type.getName(), false, PartTask.class.getClassLoader());
          }
        }) {
      return (Part) in.readObject();
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
