package org.marginsoftmax.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The hues of classes are told apart whoever looks at them. */
class SphereColoursTest {
  private static final int HUES = 10;

  /** Smallest distance in OKLab; Tableau's ten come to 0.007. */
  private static final double LEAST = 0.12;

  /** Linear RGB to that of a viewer: everybody, then Machado et al. (2009) at full severity. */
  private static final double[][] VIEWERS = {
    {1, 0, 0, 0, 1, 0, 0, 0, 1},
    {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
    {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
    {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900}
  };

  @Test
  void anyTwoOfTenAreFarApartInBothSchemes() throws IOException {
    String css;
    try (InputStream in = Page.class.getResourceAsStream("sphere.css")) {
      css = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<String> colours =
        Pattern.compile("--class-\\d: (#[0-9a-f]{6})")
            .matcher(css)
            .results()
            .map((MatchResult m) -> m.group(1))
            .toList();
    assertEquals(2 * HUES, colours.size());
    for (int scheme = 0; scheme < 2; scheme++) {
      for (int i = 0; i < HUES; i++) {
        for (int j = 0; j < i; j++) {
          for (double[] viewer : VIEWERS) {
            String a = colours.get(scheme * HUES + i);
            String b = colours.get(scheme * HUES + j);
            double apart = distance(seen(a, viewer), seen(b, viewer));
            assertTrue(apart > LEAST, a + " and " + b + " are " + apart + " apart");
          }
        }
      }
    }
  }

  private static double distance(double[] a, double[] b) {
    return Math.sqrt(
        Math.pow(a[0] - b[0], 2) + Math.pow(a[1] - b[1], 2) + Math.pow(a[2] - b[2], 2));
  }

  /** OKLab (Ottosson, 2020) of what a viewer sees. */
  private static double[] seen(String hex, double[] viewer) {
    double[] linear = new double[3];
    for (int k = 0; k < 3; k++) {
      double c = Integer.parseInt(hex.substring(1 + 2 * k, 3 + 2 * k), 16) / 255.0;
      linear[k] = c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }
    double[] v = new double[3];
    for (int k = 0; k < 3; k++) {
      double sum = 0;
      for (int i = 0; i < 3; i++) {
        sum += viewer[3 * k + i] * linear[i];
      }
      v[k] = Math.max(0, Math.min(1, sum));
    }
    double l = Math.cbrt(0.4122214708 * v[0] + 0.5363325363 * v[1] + 0.0514459929 * v[2]);
    double m = Math.cbrt(0.2119034982 * v[0] + 0.6806995451 * v[1] + 0.1073969566 * v[2]);
    double s = Math.cbrt(0.0883024619 * v[0] + 0.2817188376 * v[1] + 0.6299787005 * v[2]);
    return new double[] {
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
    };
  }
}
