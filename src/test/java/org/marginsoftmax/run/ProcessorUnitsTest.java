package org.marginsoftmax.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A processor has units for bfloat16 only where its description names them. */
class ProcessorUnitsTest {
  @ParameterizedTest
  @CsvSource({
    "flags : fpu sse avx2 avx512f, true",
    "flags : fpu avx512f avx512_bf16, false",
    "flags : fpu amx_bf16 avx512f, false",
    "Features : fp asimd bf16 i8mm, true",
    "model name : amx_bf16 of a kind, true",
    "'', true"
  })
  void isReadFromItsInstructions(String cpuinfo, boolean lacks) {
    String text = "processor : 0\n" + cpuinfo.replace(" :", "\t\t:") + "\nbugs : none\n";
    assertEquals(lacks, ProcessorUnits.lack(text));
  }
}
