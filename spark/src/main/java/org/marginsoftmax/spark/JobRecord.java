package org.marginsoftmax.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import org.marginsoftmax.InvalidInputException;

/**
 * What the parts in an output are of; kept beside them.
 *
 * @param format of the output, 1
 * @param model hash of the model
 * @param dimension of its embeddings
 * @param images how many there are
 * @param imagesHash of their names, or of the layout of their table
 * @param imagesPerPart at most, unless a row group of the table has more
 * @param parts how many there are
 */
record JobRecord(
    int format,
    String model,
    int dimension,
    long images,
    String imagesHash,
    int imagesPerPart,
    int parts) {
  static final int FORMAT = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  static JobRecord read(byte[] json, String where) {
    try {
      return JSON.readValue(json, JobRecord.class);
    } catch (IOException e) {
      throw new InvalidInputException(
          "out %s: expected the record of a job of this version in _job.json, found another; choose another folder"
              .formatted(where),
          e);
    }
  }

  byte[] json() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Refuses to go on with another job.
   *
   * @param now the job that is asked for
   */
  void require(JobRecord now, String where) {
    if (!model.equals(now.model)) {
      throw other(where, "the model that its parts were embedded with", "another model");
    }
    if (!equals(now)) {
      throw other(
          where,
          "the %,d images that it was begun with".formatted(images),
          images == now.images ? "as many others" : "%,d".formatted(now.images));
    }
  }

  private static InvalidInputException other(String where, String expected, String found) {
    return new InvalidInputException(
        "out %s: expected %s, found %s; give the same again, or choose another folder"
            .formatted(where, expected, found));
  }
}
