package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.DeliveryStore;
import org.junit.jupiter.api.BeforeEach;

/** A part of {@link DeliveryStoreContract}. */
abstract class DeliveryStoreTests {
    Scene scene;
    DeliveryStore deliveries;
    Samples samples;

    abstract Scene newScene();

    @BeforeEach
    void open() {
        scene = newScene();
        deliveries = scene.deliveries;
        samples = scene.samples;
    }
}
