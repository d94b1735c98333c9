package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.PublishReceipt;
import dev.posthorn.webhook.spi.Appended;
import dev.posthorn.webhook.spi.Publication;
import dev.posthorn.webhook.spi.PublicationLog;
import dev.posthorn.webhook.spi.Ticket;
import java.util.ArrayList;
import java.util.List;

/** A transaction of the host's, as far as events are concerned: they are there once it commits. */
final class HostTransaction implements PublicationLog {
    private final PublicationLog real;
    private final List<Publication> written = new ArrayList<>();

    HostTransaction(PublicationLog real) {
        this.real = real;
    }

    @Override
    public List<Appended> append(List<Publication> publications) {
        written.addAll(publications);
        return publications.stream().map(HostTransaction::appended).toList();
    }

    private static Appended appended(Publication publication) {
        var ids = publication.deliveries().stream().map(Ticket::deliveryId).toList();
        return new Appended(new PublishReceipt(publication.event().id(), ids, false), List.of());
    }

    /** The tickets written so far. */
    List<Ticket> tickets() {
        return written.stream()
                .flatMap(publication -> publication.deliveries().stream())
                .toList();
    }

    void commit() {
        real.append(written);
        written.clear();
    }

    void rollBack() {
        written.clear();
    }
}
