package dev.posthorn.webhook.spi;

import java.util.UUID;

/**
 * How a durable store keeps the secrets of subscriptions. {@link dev.posthorn.webhook.SecretKeys} is the one to use; a
 * host with a key service of its own implements this. What a store makes bytes of, one secret or a list with dates, is
 * its own affair. Safe for use by several threads.
 */
public interface SecretCipher {
    /**
     * Encrypts what belongs to a subscription.
     *
     * @return what {@link #decrypt} takes, with all that it needs to know but the key; another each time
     */
    byte[] encrypt(UUID subscriptionId, byte[] plain);

    /**
     * Decrypts what was encrypted for this subscription.
     *
     * @throws StoreException lasting, if a key is missing, or the bytes were changed or belong to another subscription.
     *     Its message names keys and the subscription, and holds nothing of either's content
     */
    byte[] decrypt(UUID subscriptionId, byte[] encrypted);

    /**
     * Whether this, which {@link #encrypt} gave at some time, is encrypted as it would be now: with the same key, in the same form.
     * What is not is encrypted anew in time. Asks nobody.
     */
    boolean isCurrent(byte[] encrypted);

    /**
     * Encrypts nothing: whoever can read the database, a copy or a backup of it can sign requests in the host's name. It
     * refuses what was encrypted, so that taking the keys away shows at once. For trying things out, and for databases
     * that are themselves encrypted by somebody who is trusted.
     */
    static SecretCipher secretsInTheClear() {
        return ClearText.CIPHER;
    }
}
