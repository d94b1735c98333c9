package dev.posthorn.webhook.spring.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.posthorn.webhook.InvalidInputException;
import org.junit.jupiter.api.Test;

class ApiKeysTest {
    @Test
    void aKeyLetsInWhomItIsFor() {
        var keys = ApiKeys.parse("a-key-for-everything, blue:a-key-for-blue-only");

        assertThat(keys.find("a-key-for-everything").orElseThrow().caller().isUnbound())
                .isTrue();
        var blue = keys.find("a-key-for-blue-only").orElseThrow();
        assertThat(blue.number()).isEqualTo(2);
        assertThat(blue.caller().isUnbound()).isFalse();
        assertThat(blue.caller().sees("blue")).isTrue();
        assertThat(blue.caller().sees("red")).isFalse();
        assertThat(keys.find("a-key-for-everythin")).isEmpty();
        assertThat(keys.find("blue:a-key-for-blue-only")).isEmpty();
        assertThat(keys.find(null)).isEmpty();
        assertThat(keys).hasToString("2 keys");
        assertThat(keys.isOpen()).isFalse();
        assertThat(ApiKeys.parse("open-to-everyone").isOpen()).isTrue();
    }

    @Test
    void everyWrongKeyIsNamedWithoutBeingShown() {
        var refusal = catchThrowableOfType(
                InvalidInputException.class,
                () -> ApiKeys.parse("short,a b:a-key-of-some-length,a-key-of-some-length,"));

        assertThat(refusal.faults()).hasSize(4);
        assertThat(refusal).message().doesNotContain("short", "a-key-of-some-length");
    }
}
