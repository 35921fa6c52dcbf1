namespace Binlog.Service.Drainer.Applying.SchemaChanges;

/// <summary>A schema change that the target refused. Nothing behind it is applied until somebody chooses.</summary>
/// <param name="Change">What was refused.</param>
/// <param name="Reason">What the target said.</param>
/// <param name="Since">When it was refused last.</param>
internal sealed record HeldSchemaChange(SchemaChangeUnderWay Change, string Reason, DateTimeOffset Since);
