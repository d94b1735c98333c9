package dev.posthorn.webhook.spring;

import java.util.stream.Collectors;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells whoever starts the application what to set otherwise. */
final class InvalidSettingsFailureAnalyzer extends AbstractFailureAnalyzer<InvalidSettingsException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidSettingsException cause) {
        var faults = cause.faults().stream().map(fault -> "    " + fault).collect(Collectors.joining("\n"));
        return new FailureAnalysis(
                "Posthorn cannot be set up as the application's properties say:\n\n" + faults,
                "Correct these properties. All of them are described in docs/spring.md.",
                cause);
    }
}
