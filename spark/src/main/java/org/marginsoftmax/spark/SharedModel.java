package org.marginsoftmax.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkFiles;
import org.apache.spark.sql.SparkSession;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Sha256;
import org.marginsoftmax.export.ModelCard;
import org.marginsoftmax.export.ServedModel;

/**
 * A model that executors share with the driver.
 *
 * @param hash of its files, in hexadecimal
 * @param dimension D, the size of its embeddings
 * @param archive name of the archive that the driver sends; null if the model is in place
 * @param place folder at the same place on every machine; null if it is sent
 * @param batchSize images to run at once; 0 for as many as memory allows
 */
record SharedModel(String hash, int dimension, String archive, Place place, int batchSize)
    implements Serializable {
  /** What a model consists of. */
  private static final List<String> FILES =
      List.of("saved_model.pb", "assets.extra/model-card.json");

  /** Archives sent, by application and hash: Spark refuses a second one of the same name. */
  private static final Map<String, String> SENT = new ConcurrentHashMap<>();

  /**
   * Reads a model on the driver, and sends it to the executors unless they have it.
   *
   * @throws InvalidInputException if it is no model that {@code export} wrote, or takes no images
   */
  static SharedModel of(SparkSession spark, String model, boolean inPlace, int batchSize) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Place place = Place.of(model, hadoop);
    if (inPlace && !place.local()) {
      throw new InvalidInputException(
          "model %s: expected a folder on a disk to read in place, found another file system; let the driver send it, without `model-in-place`"
              .formatted(model));
    }
    Path folder = place.local() ? place.onDisk() : copied(place, hadoop);
    ModelCard card = ServedModel.read(folder).card();
    if (card.image() == null) {
      throw new InvalidInputException(
          "model %s: expected one of images, found one of arrays, %s; embed arrays with margin-softmax embed"
              .formatted(model, card.element()));
    }
    String hash = hash(folder);
    String archive =
        inPlace
            ? null
            : SENT.computeIfAbsent(
                spark.sparkContext().applicationId() + " " + hash,
                key -> send(spark, folder, hash));
    return new SharedModel(hash, card.embedding(), archive, inPlace ? place : null, batchSize);
  }

  /**
   * The folder of the model in the process of an executor.
   *
   * @throws InvalidInputException if there is none in place, or another
   */
  Path folder() {
    if (archive != null) {
      return Path.of(SparkFiles.get(archive));
    }
    Path folder = place.onDisk();
    for (String file : FILES) {
      if (!Files.isRegularFile(folder.resolve(file))) {
        throw new InvalidInputException(
            "model %s: expected it in place on every machine, found no %s on one; copy it there, or let the driver send it, without `model-in-place`"
                .formatted(folder, file));
      }
    }
    if (!hash(folder).equals(hash)) {
      throw new InvalidInputException(
          "model %s: expected that of the driver on every machine, found another on one; copy it there, or let the driver send it, without `model-in-place`"
              .formatted(folder));
    }
    return folder;
  }

  private static Path copied(Place place, Configuration hadoop) {
    Path folder = temporary().resolve("model");
    try {
      Files.createDirectories(folder.resolve(FILES.get(1)).getParent());
      for (String name : FILES) {
        Place file = place.resolve(name, hadoop);
        if (file.exists(hadoop)) {
          try (InputStream in = file.system(hadoop).open(file.inHadoop())) {
            Files.copy(in, folder.resolve(name));
          }
          folder.resolve(name).toFile().deleteOnExit();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  private static String send(SparkSession spark, Path folder, String hash) {
    String name = "margin-softmax-model-" + hash.substring(0, 16) + ".zip";
    Path zip = temporary().resolve(name);
    zip.toFile().deleteOnExit();
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.setLevel(Deflater.BEST_SPEED);
      for (String file : FILES) {
        out.putNextEntry(new ZipEntry(file));
        Files.copy(folder.resolve(file), out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    spark.sparkContext().addArchive(zip.toUri().toString());
    return name;
  }

  private static Path temporary() {
    try {
      Path folder = Files.createTempDirectory("margin-softmax-spark");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(Path folder) {
    MessageDigest digest = Sha256.digest();
    try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      for (String file : FILES) {
        Files.copy(folder.resolve(file), out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Sha256.hex(digest);
  }
}
