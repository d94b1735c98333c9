package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.InvalidInputException.Fault;
import java.util.List;
import java.util.stream.Collectors;

/** The application's settings of Posthorn are wrong. It names all that are. */
final class InvalidSettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Fault> faults;

    /** @param faults with names of properties as fields; at least one */
    InvalidSettingsException(List<Fault> faults) {
        super(faults.stream().map(Fault::toString).collect(Collectors.joining("; ")));
        this.faults = List.copyOf(faults);
    }

    List<Fault> faults() {
        return faults;
    }
}
