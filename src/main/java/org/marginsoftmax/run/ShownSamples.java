package org.marginsoftmax.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.marginsoftmax.data.Samples;
import org.marginsoftmax.report.SampleSheet;

/** Samples that a page shows, each numbered once however often it is shown. */
final class ShownSamples {
  private final Map<Place, Integer> numbers = new LinkedHashMap<>();

  private record Place(Samples of, int index) {}

  /** The number on the sheet of a sample. */
  int number(Samples of, int index) {
    return numbers.computeIfAbsent(new Place(of, index), place -> numbers.size());
  }

  /** All of them so far. */
  SampleSheet sheet() {
    List<SampleSheet.Sample> samples = new ArrayList<>();
    List<byte[]> images = new ArrayList<>();
    Samples any = null;
    for (Place place : numbers.keySet()) {
      any = place.of();
      samples.add(
          new SampleSheet.Sample(
              any.name(place.index()), any.classNames().get(any.label(place.index()))));
      if (SampleImages.are(any)) {
        images.add(SampleImages.pixels(any, place.index()));
      }
    }
    return new SampleSheet(
        samples, images.isEmpty() ? null : SampleImages.of(any.element(), images));
  }
}
