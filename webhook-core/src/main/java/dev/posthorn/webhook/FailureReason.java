package dev.posthorn.webhook;

/** Why a delivery was given up. */
public enum FailureReason {
    /** Every attempt of its retry policy failed. */
    EXHAUSTED,
    /** Its time ran out: the length of its retry policy and the dispatcher's {@code expiryGrace} passed. */
    EXPIRED,
    /** The endpoint answered 410 Gone, which also disabled the subscription. */
    GONE
}
