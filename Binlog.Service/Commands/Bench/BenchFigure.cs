namespace Binlog.Service.Commands.Bench;

/// <summary>A figure of a result.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Text">What it is, for people.</param>
/// <param name="Value">The figure, in the unit.</param>
/// <param name="Unit">The unit as it stands behind the figure; empty for a number.</param>
internal readonly record struct BenchFigure(string Key, string Text, double Value, string Unit = "");
