package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A processor that lacks bfloat16 is told from one that does not say. */
class ProcessorUnitsTest {
  @ParameterizedTest
  @CsvSource({
    "flags : fpu sse avx2 avx512f, true",
    "flags : fpu avx512f avx512_bf16, false",
    "flags : fpu amx_bf16 avx512f, false",
    "Features : fp asimd bf16 i8mm, false",
    "Features : fp asimd i8mm, true",
    "model name : bf16 of a kind, false",
    "'', false"
  })
  void isReadFromItsInstructions(String cpuinfo, boolean lacks) {
    String text = "processor : 0\n" + cpuinfo.replace(" :", "\t\t:") + "\nbugs : none\n";
    assertEquals(lacks, ProcessorUnits.lack(text));
  }
}
