/**
 * The delivery engine; not exported. Four threads, each with one thing to do, around what the node holds:
 *
 * <ul>
 *   <li>{@link dev.posthorn.webhook.engine.Claimer} takes leases from the queue and loads what they need,
 *   <li>{@link dev.posthorn.webhook.engine.Dispatch} serves the lanes and hands deliveries to sender threads, where an
 *       {@link dev.posthorn.webhook.engine.Attempter} makes the attempt,
 *   <li>{@link dev.posthorn.webhook.engine.Recorder} writes what came of them, many at a time,
 *   <li>{@link dev.posthorn.webhook.engine.Upkeep} does what has to be done now and then.
 * </ul>
 *
 * Each is a {@link dev.posthorn.webhook.engine.Step} with the thread outside it, so that all of them can be run on one
 * thread with a clock moved by hand.
 */
@NullMarked
package dev.posthorn.webhook.engine;

import org.jspecify.annotations.NullMarked;
