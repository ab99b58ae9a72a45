"""The peer's models, serializer, view and urls; imported once Django has its settings."""

from typing import Any

from django.db import models
from django.urls import path
from rest_framework import generics, pagination, serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from app.identity.access import digest


class Table(models.Model):
    class Meta:
        abstract = True
        managed = False
        app_label = "peer"


class Unit(Table):
    name = models.CharField(max_length=200)

    class Meta(Table.Meta):
        abstract = False
        db_table = "unit"


class User(Table):
    district_id = models.BigIntegerField()

    class Meta(Table.Meta):
        abstract = False
        db_table = "user"


class Grant(Table):
    user = models.ForeignKey(User, models.CASCADE)
    unit_id = models.BigIntegerField()
    role = models.CharField(max_length=20)

    class Meta(Table.Meta):
        abstract = False
        db_table = "role_grant"


class Token(Table):
    user = models.ForeignKey(User, models.CASCADE)
    token_sha256 = models.CharField(max_length=64)
    revoked_at = models.DateTimeField(null=True)

    class Meta(Table.Meta):
        abstract = False
        db_table = "api_token"


class PlanItem(Table):
    number = models.CharField(max_length=40)
    title = models.CharField(max_length=500)

    class Meta(Table.Meta):
        abstract = False
        db_table = "plan_item"


class Assignment(Table):
    district_id = models.BigIntegerField()
    version = models.IntegerField()
    plan_id = models.BigIntegerField()
    plan_item = models.ForeignKey(PlanItem, models.CASCADE)
    unit = models.ForeignKey(Unit, models.CASCADE)
    period = models.CharField(max_length=20)
    role = models.CharField(max_length=20)
    state = models.CharField(max_length=20)
    percent = models.IntegerField()
    deadline_on = models.DateField(null=True)
    original_deadline_on = models.DateField(null=True)
    counted = models.BooleanField()
    awaits_decision = models.BooleanField()
    report_count = models.IntegerField()
    completed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta(Table.Meta):
        abstract = False
        db_table = "assignment"


class AssignmentSerializer(serializers.ModelSerializer):
    item_number = serializers.CharField(source="plan_item.number")
    item_title = serializers.CharField(source="plan_item.title")
    unit_name = serializers.CharField(source="unit.name")

    class Meta:
        model = Assignment
        fields = (
            *("id", "version", "plan_id", "plan_item_id", "unit_id", "period", "role", "state", "percent"),
            *("deadline_on", "original_deadline_on", "counted", "awaits_decision", "report_count"),
            *("item_number", "item_title", "unit_name", "completed_at", "updated_at"),
        )


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Any) -> Any:
        secret = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = Token.objects.select_related("user").filter(token_sha256=digest(secret), revoked_at=None).first()
        if token is None:
            raise AuthenticationFailed
        return token.user, token


class IsKnown(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return request.auth is not None


class NewestFirst(pagination.CursorPagination):
    ordering = "-id"
    page_size = 50


class AssignmentList(generics.ListAPIView):
    authentication_classes = [BearerAuthentication]
    permission_classes = [IsKnown]
    pagination_class = NewestFirst
    serializer_class = AssignmentSerializer

    def get_queryset(self) -> Any:
        user = self.request.user
        roles = {grant.role: grant.unit_id for grant in Grant.objects.filter(user=user)}
        rows = Assignment.objects.select_related("plan_item", "unit")
        if "school" in roles:
            return rows.filter(unit_id__in=[roles["school"]])
        return rows.filter(district_id=user.district_id)


urlpatterns = [path("assignments", AssignmentList.as_view())]
