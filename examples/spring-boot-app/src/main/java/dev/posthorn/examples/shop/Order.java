package dev.posthorn.examples.shop;

/** An order, as it is placed and as subscribers are told of it. */
record Order(int id, String item) {}
