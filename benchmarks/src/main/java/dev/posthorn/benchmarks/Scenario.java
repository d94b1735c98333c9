package dev.posthorn.benchmarks;

/** Something that is measured and printed. */
interface Scenario {
    /**
     * Measures and prints.
     *
     * @param quick shortened, to see that it works; its figures say nothing
     */
    void run(boolean quick) throws Exception;
}
