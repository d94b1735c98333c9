package dev.posthorn.webhook.spring;

/** Looks at settings of a part that is not always there, with all others and before anything is made of them. */
interface SettingsCheck {
    void check(PosthornProperties properties, PropertyFaults faults);
}
