package org.marginsoftmax.run;

import java.util.List;
import java.util.Map;
import org.marginsoftmax.cluster.WireBytes;
import org.marginsoftmax.train.PartialFc;
import org.marginsoftmax.train.TrainingMemory;

/**
 * What a step takes with one share of the classes.
 *
 * @param partialFc share of the classes that a step has, 1 for all
 * @param classesPerStep number of classes that a step has
 * @param shards number of blocks of centers on all machines
 * @param memoryBytes bytes that each machine takes while it trains
 * @param memoryPartsMb what a step takes it for, by name, in megabytes of 2^20 bytes; parts of
 *     {@link TrainingMemory}
 * @param chiefBytes bytes that the chief takes while it trains; null on one machine, which has none
 * @param chiefBesideWorker whether a machine has memory for the chief and a worker; null on one
 *     machine
 * @param evaluationBytes bytes that the chief, or the one process, takes to evaluate and export
 *     after training, with all centers
 * @param evaluationFits whether a machine has so many
 * @param fits whether, while it trains, a worker, and the chief on a machine of its own, have
 *     memory enough
 * @param close whether it fits, but takes more than nine tenths of a machine
 * @param wireBytes bytes that are sent
 * @param computeSeconds seconds that a worker computes
 * @param wireSeconds seconds that sending takes
 * @param stepSeconds both
 * @param wouldFit changes of options, each of which alone makes it fit; none if it fits
 */
public record PlannedStep(
    double partialFc,
    int classesPerStep,
    int shards,
    long memoryBytes,
    Map<String, Long> memoryPartsMb,
    Long chiefBytes,
    Boolean chiefBesideWorker,
    long evaluationBytes,
    boolean evaluationFits,
    boolean fits,
    boolean close,
    long wireBytes,
    double computeSeconds,
    double wireSeconds,
    double stepSeconds,
    List<Map<String, Object>> wouldFit) {

  /** The step of a training that is divided among the machines of a configuration. */
  static PlannedStep of(PlanConfig config, Division division) {
    long most = config.memoryBytes();
    PartialFc sample = division.whole().partialFc();
    int classes = sample.size(config.classes());
    WireBytes wire = new WireBytes(config.tasks(), !config.frozenFeatures());
    long sent =
        wire.ofStep(config.batch(), config.dimension(), division.whole().head().subcenters())
            + (sample.rate() < 1 ? wire.ofSample(classes) : 0);
    double compute = config.cost().seconds(division.each());
    // What goes to the workers and what comes back pass the chief's link one after the other.
    double sending = sent * Byte.SIZE / (config.bandwidth() * 1e9);
    boolean fits = division.fits(most);
    return new PlannedStep(
        sample.rate(),
        classes,
        division.shards(),
        division.eachBytes(),
        TrainingMemory.of(division.each()).stepPartsInMegabytes(),
        division.hasChief() ? division.chiefBytes() : null,
        division.hasChief() ? division.eachBytes() + division.chiefBytes() <= most : null,
        division.evaluationBytes(),
        division.evaluationBytes() <= most,
        fits,
        fits && MemoryRoom.isClose(division.largest(), most),
        sent,
        compute,
        sending,
        compute + sending,
        fits ? List.of() : Alternatives.of(config, division));
  }
}
