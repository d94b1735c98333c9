package dev.posthorn.webhook.spi;

import java.util.Arrays;
import java.util.UUID;

/** Secrets as they are, behind one byte that says so: nobody takes them for encrypted ones, nor the other way round. */
final class ClearText implements SecretCipher {
    static final ClearText CIPHER = new ClearText();

    /** What encrypted ones begin with is their format's version, from 1 on. */
    private static final byte VERSION = 0;

    private ClearText() {}

    @Override
    public byte[] encrypt(UUID subscriptionId, byte[] plain) {
        var marked = new byte[plain.length + 1];
        marked[0] = VERSION;
        System.arraycopy(plain, 0, marked, 1, plain.length);
        return marked;
    }

    @Override
    public byte[] decrypt(UUID subscriptionId, byte[] encrypted) {
        if (encrypted.length == 0 || encrypted[0] != VERSION) {
            throw StoreException.lasting(
                    "the secrets of subscription " + subscriptionId + " are encrypted, and there are no keys", null);
        }
        return Arrays.copyOfRange(encrypted, 1, encrypted.length);
    }

    @Override
    public boolean isCurrent(byte[] encrypted) {
        return encrypted.length > 0 && encrypted[0] == VERSION;
    }

    @Override
    public String toString() {
        return "SecretCipher[secrets in the clear]";
    }
}
