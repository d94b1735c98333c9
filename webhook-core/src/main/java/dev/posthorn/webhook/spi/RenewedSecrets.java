package dev.posthorn.webhook.spi;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What came of looking for secrets to be encrypted anew.
 *
 * @param renewed of how many subscriptions they were encrypted anew
 * @param unreadable of how many they could not be decrypted; these are left as they are
 * @param reached the last subscription that was looked at; {@code null} once there are no more
 */
public record RenewedSecrets(
        int renewed, int unreadable, @Nullable UUID reached) {}
