package org.marginsoftmax.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.layer.Tasks;
import org.marginsoftmax.train.Device;
import org.tensorflow.proto.ClusterDef;
import org.tensorflow.proto.JobDef;

/**
 * The processes of a cluster, as its file names them. All of them are given the same file.
 *
 * @param chief where the process that trains is reached
 * @param workers where those that hold the classes are reached, in their order
 * @param timeout seconds to wait for a worker that does not answer, 1..86400
 * @param compress whether features and their gradients are rounded to bfloat16 on the wire
 * @param data who reads the samples
 */
public record Cluster(
    Address chief, List<Worker> workers, int timeout, boolean compress, Data data) {
  /** Seconds to wait for a worker that does not answer, if the file does not say. */
  private static final int USUAL_TIMEOUT = 60;

  private static final ObjectMapper MAPPER =
      YAMLMapper.builder()
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .build();

  /**
   * A worker.
   *
   * @param address where it is reached
   * @param threads of TensorFlow, 1..4096; null for one a core
   * @param device auto, cpu or gpu:N; null for auto
   */
  public record Worker(Address address, Integer threads, String device) {
    /**
     * @throws InvalidInputException without an address, or if threads or device cannot be
     */
    public Worker {
      if (address == null) {
        throw new InvalidInputException(
            "cluster: expected an address for each worker, found none; say address: 10.0.0.2:7000");
      }
      if (threads != null) {
        Device.requireThreads(threads);
      }
      if (device != null) {
        Device.parse(device);
      }
    }
  }

  /** Who reads the samples of a training. */
  public enum Data {
    /** Each worker reads its part of every batch, from the same path as the chief. */
    @JsonProperty("workers")
    WORKERS,

    /** The chief reads all, and sends each worker its part. */
    @JsonProperty("chief")
    CHIEF
  }

  /** As a file has it. */
  private record Content(
      Address chief, List<Worker> workers, Integer timeout, Boolean compress, Data data) {}

  /**
   * @throws InvalidInputException if there is no chief or no worker, two have the same address, or
   *     the time is out of range
   */
  public Cluster {
    if (chief == null) {
      throw new InvalidInputException(
          "cluster: expected the address of the chief, found none; say chief: 10.0.0.1:7000");
    }
    if (workers == null || workers.isEmpty() || workers.stream().anyMatch(Objects::isNull)) {
      throw new InvalidInputException(
          "cluster: expected at least one worker, each with an address, found "
              + (workers == null || workers.isEmpty() ? "none" : "one without")
              + "; list them under workers");
    }
    workers = List.copyOf(workers);
    Set<Address> seen = new HashSet<>(Set.of(chief));
    for (Worker worker : workers) {
      if (!seen.add(worker.address())) {
        throw new InvalidInputException(
            "cluster: expected an address of its own for each process, found %s twice; give one of them another port"
                .formatted(worker.address()));
      }
    }
    if (timeout < 1 || timeout > 86400) {
      throw new InvalidInputException(
          "cluster: expected a timeout of 1..86400 seconds, found %d; %d is usual"
              .formatted(timeout, USUAL_TIMEOUT));
    }
  }

  /**
   * Reads a cluster file, JSON or YAML.
   *
   * @throws InvalidInputException if it holds something else
   */
  public static Cluster read(Path file) {
    FileTrouble.requireFileOrFolder(file);
    if (!Files.isRegularFile(file)) {
      throw new InvalidInputException(
          "cluster: expected a file that names chief and workers at %s, found %s; check the path"
              .formatted(file, Files.exists(file) ? "a folder" : "nothing"));
    }
    try {
      Content content = MAPPER.readValue(file.toFile(), Content.class);
      if (content == null) {
        throw new InvalidInputException(
            "cluster: expected chief and workers in %s, found nothing; see docs/cluster.md"
                .formatted(file));
      }
      return new Cluster(
          content.chief(),
          content.workers(),
          content.timeout() == null ? USUAL_TIMEOUT : content.timeout(),
          content.compress() != null && content.compress(),
          content.data() == null ? Data.WORKERS : content.data());
    } catch (JsonProcessingException e) {
      if (e.getCause() instanceof InvalidInputException refused) {
        throw refused;
      }
      throw new InvalidInputException(
          "cluster: expected chief, workers (each an address, threads, device), timeout, compress and data as JSON or YAML in %s, found %s in line %d; see docs/cluster.md"
              .formatted(file, wrong(e), e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    } catch (IOException e) {
      throw FileTrouble.with(file, e);
    }
  }

  private static String wrong(JsonProcessingException e) {
    if (e.getOriginalMessage().startsWith("No content")) {
      return "nothing";
    }
    if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      JsonMappingException.Reference at = mapping.getPath().get(mapping.getPath().size() - 1);
      return "something else at '%s'".formatted(at.getFieldName());
    }
    return String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("something else");
  }

  /** What a graph is divided among. */
  Tasks tasks() {
    return new Tasks(workers.size(), compress);
  }

  /** A worker, in words: its number and where it is reached. */
  String said(int worker) {
    return "worker %d (%s)".formatted(worker, workers.get(worker).address());
  }

  ClusterDef definition() {
    JobDef.Builder all = JobDef.newBuilder().setName(Tasks.WORKER);
    for (int k = 0; k < workers.size(); k++) {
      all.putTasks(k, workers.get(k).address().toString());
    }
    return ClusterDef.newBuilder()
        .addJob(JobDef.newBuilder().setName(Tasks.CHIEF).putTasks(0, chief.toString()))
        .addJob(all)
        .build();
  }
}
