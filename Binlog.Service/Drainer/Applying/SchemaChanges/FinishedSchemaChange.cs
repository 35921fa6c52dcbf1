namespace Binlog.Service.Drainer.Applying.SchemaChanges;

/// <summary>A schema change that the checkpoint has passed.</summary>
/// <param name="Change">What it was.</param>
/// <param name="IsSkipped">Whether the target was left as it is.</param>
/// <param name="At">When the checkpoint passed it.</param>
internal sealed record FinishedSchemaChange(SchemaChangeUnderWay Change, bool IsSkipped, DateTimeOffset At);
